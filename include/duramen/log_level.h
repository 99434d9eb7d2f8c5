#pragma once
// How much a line of the log matters.

namespace duramen {

// fatal: the library ends the program after this line, for a fault of its own or of the app's.
enum class LogLevel { debug, info, warning, error, fatal };

}  // namespace duramen
