#include "server/static_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "server/content_type.h"
#include "server/file_body.h"
#include "server/header_list.h"
#include "server/responses.h"
#include "server/static_answer.h"
#include "server/static_path.h"

namespace duramen::server {
namespace {

constexpr const char* indexName = "index.html";

struct OpenFile {
  FileDescriptor descriptor;
  struct stat status{};
};
template <class Value>
using OrErrno = std::expected<Value, int>;

bool isBelow(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

OrErrno<FileDescriptor> openFolder(const FileDescriptor& parent, const std::string& name) {
  FileDescriptor folder{::openat(parent.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!folder.isOpen()) return std::unexpected(errno);
  return folder;
}

// The status of what has this name, be it a link.
OrErrno<struct stat> statusOf(const FileDescriptor& parent, const std::string& name) {
  struct stat status{};
  if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::unexpected(errno);
  return status;
}

// A regular file. Nothing else is opened: a device might do something, and a pipe might wait for its other end. Should
// one take the file's place in between, O_NONBLOCK keeps that from holding us up.
OrErrno<OpenFile> openFile(const FileDescriptor& parent, const std::string& name) {
  const auto before = statusOf(parent, name);
  if (!before) return std::unexpected(before.error());
  if (!S_ISREG(before->st_mode)) return std::unexpected(ENOENT);
  OpenFile file{.descriptor = FileDescriptor{
                    ::openat(parent.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)}};
  if (!file.descriptor.isOpen() || ::fstat(file.descriptor.get(), &file.status) != 0) return std::unexpected(errno);
  if (!S_ISREG(file.status.st_mode)) return std::unexpected(ENOENT);
  return file;
}

bool hasIndex(const FileDescriptor& folder) {
  const auto status = statusOf(folder, indexName);
  return status && S_ISREG(status->st_mode);
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_nsec};
}

Validators validatorsOf(const struct stat& status, ContentCoding coding) {
  const std::string_view suffix = coding == ContentCoding::identity ? "" : codingName(coding);
  return {.etag = fmt::format("\"{:x}-{:x}-{:x}{}{}\"", status.st_size, nanoseconds(status.st_mtim), status.st_ino,
                              suffix.empty() ? "" : "-", suffix),
          .lastModified = std::chrono::sys_seconds{std::chrono::seconds{status.st_mtim.tv_sec}}};
}

// A file and its compressed forms, of which those count that are not older.
class Variants {
 public:
  Variants(const FileDescriptor& folder, const std::string& name, OpenFile original, bool immutable)
      : folder_(folder), name_(name), original_(std::move(original)), immutable_(immutable) {
    for (const ContentCoding coding : {ContentCoding::brotli, ContentCoding::gzip})
      if (const auto status = statusOf(folder_, nameIn(coding)); status && counts(*status))
        available_.push_back(coding);
  }

  Response answer(const Request& request) {
    auto coding = chooseCoding(joinedHeader(request, "Accept-Encoding"), available_);
    if (!coding) return noCoding();
    OpenFile file = open(*coding);
    const auto size = static_cast<std::uint64_t>(file.status.st_size);
    const Representation chosen{.type = contentTypeOf(name_),
                                .cacheControl = immutable_ ? cachedForAYear : revalidated,
                                .coding = *coding,
                                .varies = !available_.empty(),
                                .validators = validatorsOf(file.status, *coding),
                                .size = size};
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    StaticAnswer answer = staticAnswer(request, chosen, now);
    if (answer.part) {
      answer.response.streamBytes = answer.part->size;
      answer.response.stream = std::make_unique<FileBody>(std::move(file.descriptor), *answer.part);
    }
    return std::move(answer.response);
  }

 private:
  std::string nameIn(ContentCoding coding) const { return name_ + (coding == ContentCoding::brotli ? ".br" : ".gz"); }
  bool counts(const struct stat& status) const {
    return S_ISREG(status.st_mode) && nanoseconds(status.st_mtim) >= nanoseconds(original_.status.st_mtim);
  }
  // One that has gone, or may not be read, gives way to the original.
  OpenFile open(ContentCoding& coding) {
    if (coding == ContentCoding::identity) return std::move(original_);
    auto compressed = openFile(folder_, nameIn(coding));
    if (compressed && counts(compressed->status)) return std::move(*compressed);
    coding = ContentCoding::identity;
    return std::move(original_);
  }

  const FileDescriptor& folder_;
  const std::string& name_;
  OpenFile original_;
  const bool immutable_;
  std::vector<ContentCoding> available_;
};

Response notFound() { return plainText(404, "there is no such file"); }

Response withSlash(const Request& request) {
  std::string link = request.path + '/';
  if (!request.query.empty()) link += '?' + request.query;
  return redirection(308, std::move(link));
}

// The errno is of what could not be opened.
OrErrno<Response> answerBelow(const FileDescriptor& root, bool immutable, StaticPath path, const Request& request) {
  std::string name = indexName;
  if (!path.endsInSlash && path.names.empty()) return hasIndex(root) ? withSlash(request) : notFound();
  if (!path.endsInSlash) {
    name = std::move(path.names.back());
    path.names.pop_back();
  }
  FileDescriptor below;
  for (const std::string& each : path.names) {
    auto folder = openFolder(below.isOpen() ? below : root, each);
    if (!folder) return std::unexpected(folder.error());
    below = std::move(*folder);
  }
  const FileDescriptor& folder = below.isOpen() ? below : root;
  auto file = openFile(folder, name);
  if (file) return Variants{folder, name, std::move(*file), immutable}.answer(request);
  if (file.error() == ENOENT && !path.endsInSlash)
    if (const auto same = openFolder(folder, name); same && hasIndex(*same)) return withSlash(request);
  return std::unexpected(file.error());
}

bool meansNotThere(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG || error == ENXIO;
}

Response refusal(int error, const Request& request, const Log& log) {
  if (meansNotThere(error)) return notFound();
  const std::string why =
      fmt::format("{}: the file cannot be read: {}", request.path, std::generic_category().message(error));
  if (error == EACCES || error == EPERM) {
    log.warning(why, {request.address});
    return notFound();
  }
  log.error(why, {request.address});
  return error == EMFILE || error == ENFILE ? plainText(503, "too many files are open")
                                            : plainText(500, "the file cannot be read");
}

// Whether one is the other or lies below it, whatever links and mounts lead there.
bool isWithin(const std::string& inner, const std::string& outer) {
  namespace fs = std::filesystem;
  std::error_code unknown;  // what cannot be found is refused where it is opened
  fs::path at = fs::weakly_canonical(fs::absolute(inner, unknown), unknown);
  const fs::path whole = fs::weakly_canonical(fs::absolute(outer, unknown), unknown);
  for (;; at = at.parent_path()) {
    if (at == whole || fs::equivalent(at, whole, unknown)) return true;
    if (at == at.parent_path()) return false;
  }
}

}  // namespace

std::expected<void, std::string> keepsPrivate(std::span<const StaticDirectory> directories, const std::string& own) {
  for (const StaticDirectory& each : directories) {
    const auto refuse = [&](std::string_view how) {
      return std::unexpected(
          fmt::format("static files at {}: {} {} {}, which is the server's own and not for everybody", each.path,
                      each.directory, how, own));
    };
    if (isWithin(own, each.directory)) return refuse("holds");
    if (isWithin(each.directory, own)) return refuse("lies in");
  }
  return {};
}

std::expected<StaticFiles, std::string> StaticFiles::open(std::span<const StaticDirectory> directories) {
  StaticFiles files;
  for (const StaticDirectory& each : directories) {
    auto prefix = staticPrefix(each.path);
    if (!prefix) return std::unexpected(prefix.error());
    if (std::ranges::find(files.roots_, *prefix, &Root::prefix) != files.roots_.end())
      return std::unexpected(fmt::format("static files at {}: two directories are given for it", *prefix));
    FileDescriptor directory{::open(each.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!directory.isOpen())
      return std::unexpected(fmt::format("static files at {}: {} cannot be opened as a directory: {}", *prefix,
                                         each.directory.empty() ? "an empty name" : each.directory,
                                         std::generic_category().message(errno)));
    files.roots_.push_back({std::move(*prefix), std::move(directory), each.immutable});
  }
  std::ranges::sort(files.roots_, std::greater{}, [](const Root& root) { return root.prefix.size(); });
  return files;
}

const StaticFiles::Root* StaticFiles::rootOf(std::string_view path) const {
  const auto found = std::ranges::find_if(roots_, [&](const Root& root) { return isBelow(path, root.prefix); });
  return found == roots_.end() ? nullptr : &*found;
}

std::optional<Response> StaticFiles::answer(const Request& request, const Log& log) const {
  const Root* const root = rootOf(request.path);
  if (!root) return std::nullopt;
  if (!readsOnly(request)) return onlyReads();
  auto path = staticPathOf(std::string_view(request.path).substr(root->prefix.size()));
  if (!path) return notFound();
  auto answer = answerBelow(root->directory, root->immutable, std::move(*path), request);
  if (!answer) return refusal(answer.error(), request, log);
  return std::move(*answer);
}

}  // namespace duramen::server
