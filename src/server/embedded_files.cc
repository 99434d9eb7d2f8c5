#include "server/embedded_files.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "server/header_list.h"
#include "server/static_answer.h"

namespace duramen::server {
namespace {

constexpr std::size_t hashBytes = 16;  // of SHA-256's 32: enough to tell files apart

std::string hashOf(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("this build of OpenSSL has no SHA-256");
  std::string text;
  for (std::size_t i = 0; i < hashBytes; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

std::string_view bytesOf(const ClientFile& file, ContentCoding coding) {
  switch (coding) {
    case ContentCoding::brotli:
      return file.brotli;
    case ContentCoding::gzip:
      return file.gzip;
    case ContentCoding::identity:
      break;
  }
  return file.bytes;
}

std::string etagOf(std::string_view hash, ContentCoding coding) {
  if (coding == ContentCoding::identity) return fmt::format("\"{}\"", hash);
  return fmt::format("\"{}-{}\"", hash, codingName(coding));
}

}  // namespace

void EmbeddedFiles::add(std::span<const ClientFile> files) {
  for (const ClientFile& file : files)
    if (!files_.contains(file.url)) files_.emplace(file.url, File{&file, hashOf(file.bytes)});
}

std::optional<Response> EmbeddedFiles::answer(const Request& request) const {
  const auto at = files_.find(request.path);
  if (at == files_.end()) return std::nullopt;
  if (!readsOnly(request)) return onlyReads();
  const ClientFile& file = *at->second.file;
  std::vector<ContentCoding> available;
  for (const ContentCoding coding : {ContentCoding::brotli, ContentCoding::gzip})
    if (!bytesOf(file, coding).empty()) available.push_back(coding);
  const auto coding = chooseCoding(joinedHeader(request, "Accept-Encoding"), available);
  if (!coding) return noCoding();
  const std::string_view bytes = bytesOf(file, *coding);
  const Representation chosen{.type = file.type,
                              .cacheControl = cachedForAYear,
                              .coding = *coding,
                              .varies = !available.empty(),
                              .validators = {.etag = etagOf(at->second.hash, *coding)},
                              .size = bytes.size()};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  StaticAnswer answer = staticAnswer(request, chosen, now);
  if (answer.part) answer.response.staticBody = bytes.substr(answer.part->offset, answer.part->size);
  return std::move(answer.response);
}

}  // namespace duramen::server
