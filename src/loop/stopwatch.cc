#include "loop/stopwatch.h"

#include <fmt/format.h>

namespace duramen::loop {

void tellSlow(const Log& log, const std::string& what, Duration took) {
  log.warning(fmt::format("{} held up its loop for {} ms", what,
                          std::chrono::duration_cast<std::chrono::milliseconds>(took).count()),
              {what});
}

}  // namespace duramen::loop
