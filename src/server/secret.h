#pragma once
// The server's key: 32 random bytes in the data directory, made when it is first used, or a file of the operator's. Who
// has it can seal values (include/duramen/sealed.h); it survives a restart, so that open pages go on.

#include <expected>
#include <filesystem>
#include <string>

namespace duramen::server {

// `file`: the operator's, or empty for the one of the data directory. The error is a sentence.
std::expected<std::string, std::string> readSecret(const std::filesystem::path& data, const std::string& file);

}  // namespace duramen::server
