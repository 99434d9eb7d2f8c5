// The entry script of an app of RedwoodSDK, as its documentation has it. With ?fetch there is no socket.

import { initClient, initClientNavigation } from 'rwsdk/client';
import { initRealtimeClient } from 'rwsdk/realtime/client';

const { handleResponse, onHydrated } = initClientNavigation();
if (new URLSearchParams(location.search).has('fetch')) {
  void initClient({ handleResponse, onHydrated });
} else {
  void initRealtimeClient({ key: location.pathname, handleResponse });
}
