#include "server/static_answer.h"

#include "server/header_list.h"
#include "server/response_head.h"
#include "server/responses.h"

namespace duramen::server {
namespace {

RequestedRange rangeIn(const Request& request, const Representation& file, std::chrono::sys_seconds now) {
  const auto range = joinedHeader(request, "Range");
  if (!range || request.method != "GET" || !rangeApplies(request, file.validators, now)) return WholeBody{};
  return rangeOf(*range, file.size);
}

// What a 304 says, too (§15.4.5).
void addCacheHeaders(Response& response, const Representation& file) {
  response.headers.emplace_back("Cache-Control", file.cacheControl);
  response.headers.emplace_back("ETag", file.validators.etag);
  if (file.varies) response.headers.emplace_back("Vary", "Accept-Encoding");
}

void addFileHeaders(Response& response, const Representation& file) {
  response.headers.emplace_back("Content-Type", file.type);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (file.coding != ContentCoding::identity)
    response.headers.emplace_back("Content-Encoding", codingName(file.coding));
  if (file.validators.lastModified)
    response.headers.emplace_back("Last-Modified", httpDate(*file.validators.lastModified));
  addCacheHeaders(response, file);
}

Response unsatisfiable(const Representation& file) {
  Response response = plainText(416, "the file has no byte of the range that was asked for");
  response.headers.emplace_back("Content-Range", noContentRange(file.size));
  response.headers.emplace_back("Accept-Ranges", "bytes");
  return response;
}

}  // namespace

StaticAnswer staticAnswer(const Request& request, const Representation& file, std::chrono::sys_seconds now) {
  StaticAnswer answer;
  switch (preconditionOf(request, file.validators, now)) {
    case Precondition::failed:
      answer.response = plainText(412, "the file is not what the request's conditions name");
      return answer;
    case Precondition::notModified:
      answer.response.status = 304;
      addCacheHeaders(answer.response, file);
      return answer;
    case Precondition::holds:
      break;
  }
  const RequestedRange range = rangeIn(request, file, now);
  if (std::holds_alternative<UnsatisfiableRange>(range)) {
    answer.response = unsatisfiable(file);
    return answer;
  }
  addFileHeaders(answer.response, file);
  answer.part = BytePart{.offset = 0, .size = file.size};
  if (const auto* const part = std::get_if<BytePart>(&range)) {
    answer.part = *part;
    answer.response.status = 206;
    answer.response.headers.emplace_back("Content-Range", contentRange(*part, file.size));
  }
  return answer;
}

bool readsOnly(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

Response onlyReads() {
  Response response = plainText(405, "a file answers GET and HEAD");
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

Response noCoding() {
  Response response = plainText(406, "the file is there in no content coding that Accept-Encoding lets pass");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  return response;
}

}  // namespace duramen::server
