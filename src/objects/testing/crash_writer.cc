// Saves without an end and says on stdout what has been acknowledged, "OBJECT NUMBER" a line. crash_test.cc kills it.
//   crash_writer DIRECTORY LOOPS FIRST

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/task_set.h"
#include "loop/thread_loop.h"
#include "objects/durable_objects.h"

namespace duramen::objects {
namespace {

class Pair : public DurableObject {
 public:
  using DurableObject::DurableObject;
  void save(std::int64_t number) {
    storage().put("left", number);
    // As much as makes a set span several pages.
    storage().put("padding", std::string(static_cast<std::size_t>(number % 7) * 3000, 'x'));
    storage().put("right", number);
  }
};

Task<void> save(const Namespace<Pair>& pairs, int object, std::int64_t number) {
  for (;; ++number) {
    co_await pairs.at(object).call<&Pair::save>(number);
    const std::string line = fmt::format("{} {}\n", object, number);
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
  }
}

int run(const std::string& directory, int loops, std::int64_t first) {
  std::vector<std::unique_ptr<loop::ThreadLoop>> threads;
  std::vector<loop::Loop*> borrowed;
  for (int i = 0; i < loops; ++i) borrowed.push_back(threads.emplace_back(std::make_unique<loop::ThreadLoop>()).get());
  auto objects = DurableObjects::open(directory, borrowed, {});
  if (!objects) {
    fmt::print(stderr, "{}\n", objects.error());
    return 1;
  }
  Namespace<Pair> pairs{"pairs"};
  pairs.open((*objects)->objects(), [](ObjectState& state) { return std::make_unique<Pair>(state); });
  TaskSet tasks{*borrowed[0]};
  borrowed[0]->post([&] {
    for (int object = 0; object < 20; ++object) tasks.spawn(save(pairs, object, first));
  });
  for (std::size_t i = 1; i < threads.size(); ++i) threads[i]->start();
  threads[0]->run();
  return 0;
}

}  // namespace
}  // namespace duramen::objects

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return duramen::objects::run(argv[1], std::atoi(argv[2]), std::atoll(argv[3]));
}
