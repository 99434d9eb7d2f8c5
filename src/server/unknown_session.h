#pragma once
// What is answered while the session function fails: nobody knows who the client is, so it gets no page, not even that
// of somebody who is logged out. It is told to come again (503, Retry-After).

#include <string>

#include "duramen/site.h"
#include "server/transport.h"

namespace duramen::server {

class Service;

// A sentence. Its header tells our client that the server is there, and why nobody is let in.
Response unknownSession(std::string text);
// A document that asks again by itself, and to which no script of the page belongs.
Response unknownSessionDocument(const Service& service);
// After a form that was posted: it is not sent again by itself.
Response unknownSessionForm(const Service& service, std::string_view why, std::string_view link);

}  // namespace duramen::server
