#pragma once
// Everything that an app uses.

#include "duramen/app.h"
#include "duramen/client.h"
#include "duramen/form_error.h"
#include "duramen/fragment.h"
#include "duramen/hint.h"
#include "duramen/html.h"
#include "duramen/html_tags.h"
#include "duramen/merged_text.h"
#include "duramen/promise.h"
#include "duramen/realtime.h"
#include "duramen/sealed.h"
#include "duramen/server.h"
#include "duramen/stream.h"
#include "duramen/suspense.h"
#include "duramen/text.h"
