/** Every route. Each describes itself: schemas/openapi.json is made from the schemas that are added here. */
import { acceptCaller, callerOf, requireCaller } from './auth.ts';
import { passOverBodies } from './bodies.ts';
import type { App, ServerContext } from './context.ts';
import { cors } from './cors.ts';
import { health } from './health.ts';
import { inWords } from './in-words.ts';
import { metricsRoute } from './metrics/route.ts';
import { apiDocs } from './openapi/docs.ts';
import { sharedSchemas } from './openapi/shared.ts';
import { requireMay } from './policy.ts';
import { sfuProxy } from './proxy.ts';
import { listParticipants, onlineCount } from './routes/admin/live.ts';
import {
  changeAnyRoom,
  closeAnyRoom,
  listAllRooms,
  reactivateRoom,
  suspendRoom,
} from './routes/admin/rooms.ts';
import { demote, listModerators, promote } from './routes/appoint.ts';
import { ban, listBans, unban } from './routes/ban.ts';
import { checkRoom } from './routes/check-room.ts';
import { createRoom } from './routes/create-room.ts';
import { guestJoin } from './routes/guest-join.ts';
import { joinRoom } from './routes/join-room.ts';
import { kick } from './routes/kick.ts';
import { listArchivedRooms, listRooms } from './routes/list-rooms.ts';
import { changeSettings, closeRoom } from './routes/manage-room.ts';
import { mute, stopScreenShare, videoOff } from './routes/mute.ts';
import { blockChat, participantInfo, participantProfile } from './routes/participant.ts';
import { permissions } from './routes/permissions.ts';
import { presence } from './routes/presence.ts';
import { startRecording, stopRecording, waitForRecording } from './routes/recordings/control.ts';
import { downloadRecording } from './routes/recordings/download.ts';
import { getRecording, listRecordings } from './routes/recordings/read.ts';
import { deleteRecording, deleteRecordings, retryRecording } from './routes/recordings/remove.ts';
import { refreshToken } from './routes/refresh-token.ts';
import { sendSignals } from './routes/signals.ts';
import { webhooks } from './routes/webhooks.ts';
import { statusPage } from './status-page.ts';
import { webhook } from './webhook/route.ts';

export async function addRoutes(app: App, context: ServerContext): Promise<void> {
  for (const schema of sharedSchemas) app.addSchema(schema);
  health(app, context);
  metricsRoute(app, context);
  statusPage(app, context);
  apiDocs(app);
  await app.register(async (scope) => sfuProxy(scope, context));
  await app.register(async (scope) => webhook(scope, context), { prefix: '/api/livekit' });
  await app.register(async (scope) => clientRoutes(scope, context), { prefix: '/api' });
}

/** What clients call. */
async function clientRoutes(api: App, context: ServerContext): Promise<void> {
  const { cors: origins, auth } = context.config;
  await cors(api, origins);
  passOverBodies(api);
  api.setSchemaErrorFormatter(inWords);
  // A text is no document.
  api.removeContentTypeParser('text/plain');
  await api.register(
    async (scope) => {
      requireCaller(scope, auth.jwtSecret);
      for (const route of roomRoutes) route(scope, context);
    },
    { prefix: '/room' },
  );
  await api.register(
    async (scope) => {
      acceptCaller(scope, auth.jwtSecret);
      for (const route of openRoutes) route(scope, context);
    },
    { prefix: '/room' },
  );
  await api.register(
    async (scope) => {
      requireCaller(scope, auth.jwtSecret);
      scope.addHook('onRequest', async (request) => requireMay('administer', callerOf(request)));
      for (const route of adminRoutes) route(scope, context);
      // As Bedrud's dashboard calls them.
      kick(scope, context, '/rooms/:roomId/participants/:identity/kick');
      mute(scope, context, '/rooms/:roomId/participants/:identity/mute');
      await scope.register(async (within) => webhooks(within, context), { prefix: '/webhooks' });
    },
    { prefix: '/admin' },
  );
  await api.register(
    async (scope) => {
      requireCaller(scope, auth.jwtSecret);
      for (const route of recordingRoutes) route(scope, context);
    },
    { prefix: '/rooms' },
  );
  // Links carry their own token.
  await api.register(async (scope) => downloadRecording(scope, context), { prefix: '/rooms' });
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

const roomRoutes = [
  createRoom,
  joinRoom,
  refreshToken,
  listRooms,
  listArchivedRooms,
  changeSettings,
  closeRoom,
  kick,
  ban,
  unban,
  listBans,
  mute,
  videoOff,
  stopScreenShare,
  permissions,
  blockChat,
  sendSignals,
  promote,
  demote,
  listModerators,
  participantInfo,
  participantProfile,
];

/** With an access token or without one. */
const openRoutes = [guestJoin, checkRoom, presence];

/** For superadmins. */
const adminRoutes = [
  listAllRooms,
  changeAnyRoom,
  suspendRoom,
  reactivateRoom,
  closeAnyRoom,
  listParticipants,
  onlineCount,
];
