// Whether a compiler keeps what one full expression holds while that expression waits: a braced aggregate with a string
// in it, beside a co_await. g++ 12 copies the aggregate bit by bit and destroys both copies. Exit status 0: all is well.
#include <coroutine>
#include <string>
#include <utility>

namespace {

int alive = 0;
bool misplaced = false;

class Text {
 public:
  explicit Text(std::string text) : text_(std::move(text)) { ++alive; }
  Text(Text&& other) noexcept : text_(std::move(other.text_)) { ++alive; }
  ~Text() {
    --alive;
    misplaced |= self_ != this;
  }
  std::size_t size() const { return text_.size(); }

 private:
  std::string text_;
  const Text* self_ = this;
};

struct Props {
  Text text;
  std::size_t number;
};

struct Wait {
  std::coroutine_handle<>& waiting;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> job) const { waiting = job; }
  std::size_t await_resume() const { return 1; }
};

struct Job {
  struct promise_type {
    Job get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

std::size_t sizeOf(Props props) { return props.text.size() + props.number; }

Job job(std::coroutine_handle<>& waiting, std::size_t& size) {
  size = sizeOf(Props{.text = Text{std::string(100, 'a')}, .number = co_await Wait{waiting}});
}

}  // namespace

int main() {
  std::coroutine_handle<> waiting;
  std::size_t size = 0;
  job(waiting, size);
  waiting.resume();
  return size == 101 && alive == 0 && !misplaced ? 0 : 1;
}
