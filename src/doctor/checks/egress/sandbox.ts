import { defineCheck } from '../../check.ts';

export const egressSandbox = defineCheck({
  id: 'egress/sandbox',
  title: "The recorder's browser may make its sandbox",
  area: 'recording',
  severity: 'error',
  why: 'Chrome ends with `No usable sandbox!` in a container that may not make namespaces, and each recording of a room fails.',
  fix: "add cap_add: [SYS_ADMIN] to egress's service, or set enable_chrome_sandbox: false",
  needs: ['compose', 'egress'],
  run({ compose: { document, services }, egress }) {
    if (egress.boolean('enable_chrome_sandbox') !== true) return [];
    return services
      .filter(({ role }) => role === 'egress')
      .filter(({ name }) => {
        const at = ['services', name];
        const granted = document
          .strings(...at, 'cap_add')
          .some((cap) => /^(CAP_)?SYS_ADMIN$|^ALL$/i.test(cap));
        const profiled = document
          .strings(...at, 'security_opt')
          .some((option) => option.startsWith('seccomp'));
        return !granted && !profiled && document.boolean(...at, 'privileged') !== true;
      })
      .map(({ name }) => ({
        message: `enable_chrome_sandbox is on, and ${name} may not make namespaces`,
        ...document.place('services', name),
      }));
  },
});
