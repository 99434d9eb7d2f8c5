// The entry script of every document that names no other: each path is a realtime key of its own.

import { initRealtimeClient } from './realtime/client.ts';

void initRealtimeClient({ key: ({ pathname }) => pathname });
