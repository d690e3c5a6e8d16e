/** Every route. Each describes itself: schemas/openapi.json is made from the schemas that are added here. */
import { requireCaller } from './auth.ts';
import type { App, ServerContext } from './context.ts';
import { cors } from './cors.ts';
import { health } from './health.ts';
import { apiDocs } from './openapi/docs.ts';
import { sharedSchemas } from './openapi/shared.ts';
import { sfuProxy } from './proxy.ts';
import { createRoom } from './routes/create-room.ts';
import { joinRoom } from './routes/join-room.ts';
import { kick } from './routes/kick.ts';
import { listRooms } from './routes/list-rooms.ts';
import { mute } from './routes/mute.ts';
import { permissions } from './routes/permissions.ts';
import { startRecording, stopRecording, waitForRecording } from './routes/recordings/control.ts';
import { downloadRecording } from './routes/recordings/download.ts';
import { getRecording, listRecordings } from './routes/recordings/read.ts';
import { deleteRecording, deleteRecordings, retryRecording } from './routes/recordings/remove.ts';
import { statusPage } from './status-page.ts';
import { webhook } from './webhook/route.ts';

export async function addRoutes(app: App, context: ServerContext): Promise<void> {
  for (const schema of sharedSchemas) app.addSchema(schema);
  health(app, context);
  statusPage(app, context);
  apiDocs(app);
  await app.register(async (scope) => sfuProxy(scope, context));
  await app.register(async (scope) => webhook(scope, context), { prefix: '/api/livekit' });
  await app.register(
    async (scope) => {
      await cors(scope, context.config.cors);
      requireCaller(scope, context.config.auth.jwtSecret);
      for (const route of [createRoom, joinRoom, listRooms, kick, mute, permissions]) route(scope, context);
    },
    { prefix: '/api/room' },
  );
  await app.register(
    async (scope) => {
      await cors(scope, context.config.cors);
      requireCaller(scope, context.config.auth.jwtSecret);
      for (const route of recordingRoutes) route(scope, context);
    },
    { prefix: '/api/rooms' },
  );
  // Links carry their own token.
  await app.register(async (scope) => downloadRecording(scope, context), { prefix: '/api/rooms' });
}

const recordingRoutes = [
  startRecording,
  stopRecording,
  waitForRecording,
  listRecordings,
  getRecording,
  deleteRecording,
  deleteRecordings,
  retryRecording,
];
