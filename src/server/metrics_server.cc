#include "server/metrics_server.h"

#include <latch>
#include <map>

#include "objects/durable_objects.h"
#include "server/access_log.h"
#include "server/responses.h"

namespace duramen::server {
namespace {

// How long a scrape waits for the loops. A Prometheus server gives up after 10 s.
constexpr loop::Duration loopWait = std::chrono::seconds{1};

constexpr Limits limits{.bodyBytes = 0};
constexpr std::size_t connections = 64;

}  // namespace

// Asks each loop what only it knows, and answers when all have said it, or some did not in time.
class MetricsServer::Scrapes final : public Handler {
 public:
  Scrapes(const Subject& subject, loop::Loop& loop) : subject_(subject), loop_(loop), readings_(subject.lanes.size()) {}

  std::optional<Response> refusal(Request& request) override {
    const std::string_view host = request.header("Host");
    if (subject_.hosts.allows(host)) return std::nullopt;
    return misdirected(host);
  }
  void request(Request request, Answer answer) override {
    if (request.path != "/metrics") return answer(plainText(404, "metrics are at /metrics"));
    if (request.method != "GET" && request.method != "HEAD") {
      Response refusal = plainText(405, "this address answers GET and HEAD");
      refusal.headers.emplace_back("Allow", "GET, HEAD");
      return answer(std::move(refusal));
    }
    begin(std::move(answer));
  }
  void upgrade(SocketId, Request, Decision decide) override {
    decide(std::unexpected(plainText(404, "metrics are at /metrics, by GET")));
  }
  void opened(SocketId) override {}
  void piece(SocketId, std::span<const std::byte>, bool) override {}
  void closed(SocketId) override {}

 private:
  struct Scrape {
    Answer answer;
    std::size_t left = 0;  // loops that have not said
    loop::Timer timer;
  };

  void begin(Answer answer) {
    const std::uint64_t id = ++last_;
    Scrape& scrape = scrapes_[id];
    scrape.answer = std::move(answer);
    scrape.left = subject_.lanes.size();
    scrape.timer = loop_.after(loopWait, [this, id] { finish(id); });
    for (std::size_t i = 0; i < subject_.lanes.size(); ++i)
      subject_.lanes[i].loop.post([this, id, i] {
        loop_.post([this, id, i, reading = read(subject_.lanes[i])] {
          readings_[i] = reading;
          const auto waiting = scrapes_.find(id);
          if (waiting != scrapes_.end() && --waiting->second.left == 0) finish(id);
        });
      });
  }

  // On the lane's loop.
  LoopReading read(const Subject::Lane& lane) const {
    const realtime::GroupNumbers numbers = subject_.service.groups().numbers(lane.loop);
    return {.waitingBytes = lane.transport.waitingBytes(),
            .groups = numbers.groups,
            .clients = numbers.clients,
            .views = numbers.views};
  }

  void finish(std::uint64_t id) {
    const auto scrape = scrapes_.extract(id);
    scrape.mapped().answer({.headers = {{"Content-Type", std::string(openMetricsType)},
                                        {"Cache-Control", "no-store"},
                                        {"X-Content-Type-Options", "nosniff"}},
                            .body = page()});
  }

  std::string page() const {
    Readings in{.loops = {},
                .actions = subject_.service.actions(),
                .commits = subject_.objects.commitCounts(),
                .renders = subject_.service.renderer().renders(),
                .objects = subject_.objects.size(),
                .bodiesInMemory = subject_.bodies.memory.taken(),
                .bodiesOnDisk = subject_.bodies.disk.taken(),
                .clientBytes = subject_.service.memory().taken(),
                .viewBytes = subject_.service.viewMemory().taken(),
                .droppedLines = subject_.accessLog ? subject_.accessLog->dropped() : 0};
    for (std::size_t i = 0; i < subject_.lanes.size(); ++i)
      in.loops.push_back({subject_.lanes[i].transport.metrics(), subject_.lanes[i].lag, readings_[i]});
    return metricsPage(in);
  }

  const Subject& subject_;
  loop::Loop& loop_;
  std::vector<LoopReading> readings_;  // of each lane, as it last said
  std::map<std::uint64_t, Scrape> scrapes_;
  std::uint64_t last_ = 0;
};

MetricsServer::MetricsServer(const Listener& listener, Subject subject, Log log)
    : subject_(std::move(subject)),
      loop_(log),
      scrapes_(std::make_unique<Scrapes>(subject_, loop_)),
      transport_(std::make_unique<Transport>(loop_, *scrapes_, limits, std::move(log),
                                             ConnectionLimits({.connections = connections}))) {
  transport_->accept(listener);
  loop_.start();
}

MetricsServer::~MetricsServer() {
  // No scrape begins any more when our loop has ended; what it asked of the lanes goes through them before they are
  // let go.
  loop_.stop();
  loop_.join();
  const auto asked = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(subject_.lanes.size()));
  for (const Subject::Lane& lane : subject_.lanes) lane.loop.post([asked] { asked->count_down(); });
  asked->wait();
  transport_.reset();
}

}  // namespace duramen::server
