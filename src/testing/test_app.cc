#include "duramen/testing.h"

#include "objects/objects.h"
#include "testing/bench.h"

namespace duramen {

// TestReader.

std::string TestReader::text() const { return reader_->page().text(); }
int TestReader::status() const { return reader_->status(); }
std::size_t TestReader::pages() const { return reader_->pages(); }
const std::string& TestReader::link() const { return reader_->link(); }

void TestReader::click(std::string_view text, const TestFields& fields) {
  reader_->press(test::Controls{reader_->page()}.press(text, fields));
}

void TestReader::submit(std::string_view action, const TestFields& fields) {
  reader_->press(test::Controls{reader_->page()}.submit(action, fields));
}

std::vector<Value> TestReader::propsOf(const ClientModule& module) const {
  const std::string type = std::string(module.file) + "#" + std::string(module.name);
  std::vector<Value> props;
  for (const test::Element& element : reader_->page().elements)
    if (element.type == type) props.push_back(element.props);
  return props;
}

void TestReader::throwCount(const ClientModule& module, std::size_t count) {
  throw std::runtime_error("expected one " + std::string(module.name) + " on the page, found " + std::to_string(count));
}

std::uint64_t TestReader::send(const std::string& action, const detail::Tape& arguments) {
  return reader_->send(action, test::encodeArguments(test::valuesOf(arguments)));
}

Value TestReader::callRaw(std::string_view action, std::string_view arguments) {
  return reader_->finish(reader_->send(std::string(action), std::string(arguments)));
}

Value TestReader::finish(std::uint64_t call) { return reader_->finish(call); }
bool TestReader::finished(std::uint64_t call) const { return reader_->finished(call); }
void TestReader::navigate(std::string_view link) { reader_->navigate(std::string(link)); }
void TestReader::setHeaders(std::vector<std::pair<std::string, std::string>> headers) {
  reader_->setHeaders(std::move(headers));
}
std::size_t TestReader::joins() const { return reader_->joins(); }
bool TestReader::retrying() const { return reader_->retrying(); }
void TestReader::disconnect() { reader_->disconnect(); }
void TestReader::reconnect() { reader_->connect(); }
void TestReader::stall() { reader_->setStalled(true); }
void TestReader::resume() { reader_->setStalled(false); }

// TestApp.

TestApp::TestApp(std::unique_ptr<app::Site> site, std::shared_ptr<void> env)
    : env_(std::move(env)), bench_(std::make_shared<test::Bench>(std::move(site))) {}
TestApp::~TestApp() = default;

TestReader TestApp::open(std::string_view link, TestClient client) {
  auto reader = std::make_shared<test::Reader>(bench_, std::string(link), std::move(client));
  reader->load();
  reader->connect();
  return TestReader{std::move(reader)};
}

TestResponse TestApp::get(std::string_view link, const TestClient& client) {
  return bench_->request(test::requestOf("GET", link, client));
}

TestResponse TestApp::post(std::string_view link, std::string_view action, std::string_view arguments,
                           const TestClient& client) {
  std::string target(link);
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += "__rsc&__rsc_action_id=" + std::string(action);
  Request request = test::requestOf("POST", target, client);
  request.body = std::string(arguments);
  return bench_->request(std::move(request));
}

TestResponse TestApp::request(Request request) { return bench_->request(std::move(request)); }

void TestApp::runTask(Task<void> task) {
  bench_->manualLoop().post(
      [bench = bench_.get(), task = std::move(task)]() mutable { bench->tasks().spawn(std::move(task)); });
  bench_->run();
}

void TestApp::advance(std::chrono::milliseconds by) { bench_->advance(by); }
void TestApp::settle() { bench_->run(); }
std::size_t TestApp::renders() const { return bench_->service().renderer().renders(); }
std::size_t TestApp::objects() const { return bench_->objects().size(); }
const std::vector<std::string>& TestApp::log() const { return bench_->lines(); }

}  // namespace duramen
