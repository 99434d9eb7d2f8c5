#pragma once
// A certificate that nobody has vouched for, for a machine on a local network: who connects compares its fingerprint.

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "server/tls.h"

namespace duramen::server {

// The certificate and key in `folder` (cert.pem, key.pem), made if they are not there or about to expire: for the names
// and addresses `hosts`, localhost, and what this machine calls itself. The error is a sentence.
std::expected<TlsFiles, std::string> selfSigned(const std::filesystem::path& folder,
                                                const std::vector<std::string>& hosts);

}  // namespace duramen::server
