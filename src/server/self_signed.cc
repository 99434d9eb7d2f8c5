#include "server/self_signed.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "base/whole_file.h"

namespace duramen::server {
namespace {

constexpr long daysValid = 825;            // what browsers take at most
constexpr int renewSeconds = 30 * 86'400;  // before the end

template <auto free>
struct Free {
  template <class T>
  void operator()(T* it) const {
    free(it);
  }
};
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using File = std::unique_ptr<FILE, Free<&fclose>>;

std::string reason(int error) { return std::generic_category().message(error); }

bool isStillGood(const std::filesystem::path& certificate) {
  const File file{std::fopen(certificate.c_str(), "re")};
  if (!file) return false;
  const Certificate found{PEM_read_X509(file.get(), nullptr, nullptr, nullptr)};
  if (!found) return false;
  std::time_t soon = std::time(nullptr) + renewSeconds;
  return X509_cmp_time(X509_get0_notAfter(found.get()), &soon) > 0;
}

std::vector<std::string> ownAddresses() {
  std::vector<std::string> addresses{"127.0.0.1", "::1"};
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (each->ifa_addr->sa_family == AF_INET)
      ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(each->ifa_addr)->sin_addr, text.data(), text.size());
    else if (each->ifa_addr->sa_family == AF_INET6)
      ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(each->ifa_addr)->sin6_addr, text.data(), text.size());
    if (text[0]) addresses.emplace_back(text.data());
  }
  ::freeifaddrs(all);
  return addresses;
}

bool isAddress(const std::string& name) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET6, name.c_str(), &bytes) == 1 || ::inet_pton(AF_INET, name.c_str(), &bytes) == 1;
}

// "DNS:localhost,IP:127.0.0.1,...", as OpenSSL reads it.
std::string alternativeNames(const std::vector<std::string>& hosts) {
  std::vector<std::string> names{"localhost"};
  std::array<char, 256> own{};
  if (::gethostname(own.data(), own.size() - 1) == 0 && own[0]) {
    names.emplace_back(own.data());
    if (!names.back().contains('.')) names.push_back(names.back() + ".local");
  }
  names.insert(names.end(), hosts.begin(), hosts.end());
  for (std::string& address : ownAddresses()) names.push_back(std::move(address));
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::string list;
  for (const std::string& name : names) {
    const bool good = !name.empty() && name.find_first_of(",:; \t\r\n") == std::string::npos;
    if (isAddress(name))
      list += fmt::format("{}IP:{}", list.empty() ? "" : ",", name);
    else if (good)
      list += fmt::format("{}DNS:{}", list.empty() ? "" : ",", name);
  }
  return list;
}

bool addExtension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<&X509_EXTENSION_free>> extension{
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate makeCertificate(EVP_PKEY* key, const std::vector<std::string>& hosts) {
  Certificate certificate{X509_new()};
  std::array<unsigned char, 16> serial{};
  RAND_bytes(serial.data(), static_cast<int>(serial.size()));
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, Free<&BN_free>> number{
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)};
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);  // clocks differ
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), static_cast<int>(daysValid), 0, nullptr);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("duramen"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const bool good = addExtension(certificate.get(), NID_subject_alt_name, alternativeNames(hosts)) &&
                    addExtension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                    addExtension(certificate.get(), NID_key_usage, "critical,digitalSignature") &&
                    addExtension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
                    X509_sign(certificate.get(), key, EVP_sha256()) > 0;
  if (!good) certificate.reset();
  return certificate;
}

// What `write` writes, in PEM; empty if OpenSSL refuses.
template <class Write>
std::string pemOf(Write write) {
  const std::unique_ptr<BIO, Free<&BIO_free_all>> memory{BIO_new(BIO_s_secmem())};
  if (!memory || write(memory.get()) != 1) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

std::expected<TlsFiles, std::string> selfSigned(const std::filesystem::path& folder,
                                                const std::vector<std::string>& hosts) {
  const std::filesystem::path certificateFile = folder / "cert.pem", keyFile = folder / "key.pem";
  TlsFiles files{.certificate = certificateFile.string(), .key = keyFile.string()};
  if (isStillGood(certificateFile) && TlsContext::load(files)) return files;
  std::error_code error;
  if (::mkdir(folder.c_str(), 0700) != 0 && !std::filesystem::is_directory(folder, error))
    return std::unexpected(fmt::format("cannot make {} for the certificate: {}", folder.string(), reason(errno)));
  const Key key{EVP_EC_gen("P-256")};
  const Certificate certificate = key ? makeCertificate(key.get(), hosts) : nullptr;
  if (!certificate) return std::unexpected("cannot make a certificate: OpenSSL refused");
  const std::string keyPem =
      pemOf([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  const std::string certificatePem = pemOf([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
  if (keyPem.empty() || certificatePem.empty()) return std::unexpected("cannot write a certificate: OpenSSL refused");
  if (!writeWhole(keyFile, 0600, keyPem) || !writeWhole(certificateFile, 0600, certificatePem))
    return std::unexpected(fmt::format("cannot write the certificate to {}: {}", folder.string(), reason(errno)));
  return files;
}

}  // namespace duramen::server
