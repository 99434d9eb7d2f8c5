#pragma once
// How much a line of the log matters.

namespace duramen {

enum class LogLevel { debug, info, warning, error };

}  // namespace duramen
