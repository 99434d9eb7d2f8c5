// duramen/client: what the components of an app import.

export { ActionError, OutcomeUnknownError } from './connection.ts';
export { FormErrorText, useFormError, type FormError } from './form_error.tsx';
export {
  useMergedText,
  type MergedTextField,
  type Revision,
  type Save,
  type SaveBase,
  type SaveState,
} from './merged_text.ts';
export type { NavigationState } from './navigation_state.ts';
export { useNavigate, useNavigation } from './page_context.ts';
export { useConnectionStatus, type ConnectionStatus } from './status.ts';
