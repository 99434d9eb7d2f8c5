#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "loop/manual_loop.h"
#include "server/open_metrics_reader.h"
#include "server/test_peer.h"

namespace duramen::server {
namespace {

using test::OpenMetricsReader;
using test::Peer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

// A page of what one transport counted.
OpenMetricsReader readingsOf(test::TestServer& server) {
  const loop::ManualLoop manual;
  const loop::LoopLag lag{const_cast<loop::ManualLoop&>(manual)};
  const realtime::ActionCounts actions;
  const objects::CommitCounts commits;
  return server.run([&] {
    Readings in{.loops = {}, .actions = actions, .commits = commits};
    in.loops.push_back({server.transport.metrics(), lag, {.waitingBytes = server.transport.waitingBytes()}});
    return OpenMetricsReader{metricsPage(in)};
  });
}

TEST(MetricsPage, IsOpenMetrics) {
  test::TestServer server;
  Peer peer{server.address()};
  peer.get("/");
  EXPECT_THAT(readingsOf(server).faults(), IsEmpty());
}

TEST(MetricsPage, CountsRequestsByMethodAndStatus) {
  test::TestServer server{{.bodyBytes = 10}};
  Peer peer{server.address()};
  peer.get("/");
  peer.get("/throw");
  peer.send("HEAD /static HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readAnswer(true);
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
  peer.readAnswer();
  peer.send("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readAnswer();
  peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 413);

  const OpenMetricsReader page = readingsOf(server);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"GET\",status=\"2xx\"}"], 1);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"GET\",status=\"5xx\"}"], 1);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"HEAD\",status=\"2xx\"}"], 1);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"POST\",status=\"2xx\"}"], 1);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"POST\",status=\"4xx\"}"], 1);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"other\",status=\"2xx\"}"], 1);
  EXPECT_EQ(page["duramen_http_refusals_total{status=\"413\"}"], 1);
  EXPECT_EQ(page["duramen_http_refusals_total{status=\"500\"}"], 1);
  EXPECT_EQ(page["duramen_http_refusals_total{status=\"408\"}"], 0);
  EXPECT_EQ(page["duramen_http_request_duration_seconds_count"], 6);
  EXPECT_EQ(page["duramen_accepted_connections_total"], 1);
  EXPECT_EQ(page["duramen_http_broken_requests_total"], 0);
}

TEST(MetricsPage, CountsBytes) {
  test::TestServer server;
  Peer peer{server.address()};
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  peer.send(request);
  const auto answer = peer.readAnswer();
  const OpenMetricsReader page = readingsOf(server);
  EXPECT_EQ(page["duramen_received_bytes_total"], static_cast<double>(request.size()));
  EXPECT_EQ(page["duramen_sent_bytes_total"], static_cast<double>(answer.head.size() + answer.body.size()));
  EXPECT_EQ(page["duramen_waiting_bytes"], 0);
}

TEST(MetricsPage, CountsSocketsTheirMessagesAndHowTheyEnd) {
  test::TestServer server;
  Peer open{server.address()}, closed{server.address()}, lost{server.address()}, http{server.address()};
  for (Peer* const peer : {&open, &closed, &lost}) {
    peer->upgrade();
    peer->sendFrame(wire::Opcode::binary, "hello");
    peer->readFrame();
  }
  http.get("/");
  closed.sendFrame(wire::Opcode::close, std::string("\x03\xe8", 2));
  closed.readFrame();
  lost.reset();
  server.handler.await("closed", 2);
  const SocketId left = server.onlySocket();
  const auto frame = std::make_shared<const std::string>(wire::frame(wire::Opcode::binary, "page"));
  server.run([&] { server.transport.push(std::span{&left, 1}, frame); });
  EXPECT_EQ(open.readFrame().payload, "page");

  const OpenMetricsReader page = readingsOf(server);
  EXPECT_EQ(page["duramen_connections{kind=\"websocket\"}"], 1);
  EXPECT_EQ(page["duramen_websocket_opened_total"], 3);
  EXPECT_EQ(page["duramen_websocket_closed_total{code=\"1000\"}"], 1);
  EXPECT_EQ(page["duramen_websocket_closed_total{code=\"1006\"}"], 1);
  EXPECT_EQ(page["duramen_websocket_received_messages_total"], 3);
  EXPECT_EQ(page["duramen_websocket_sent_answers_total"], 3);
  EXPECT_EQ(page["duramen_websocket_sent_pages_total"], 1);
  EXPECT_EQ(page["duramen_websocket_superseded_pages_total"], 0);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"GET\",status=\"1xx\"}"], 3);
}

TEST(MetricsPage, CountsWhatWaitsForASlowReader) {
  test::TestServer server;
  Peer slow{server.address(), 4096};
  slow.sendUpgrade();
  const double headBytes = static_cast<double>(slow.readAnswer().head.size());
  server.handler.await("opened");
  const SocketId socket = server.onlySocket();
  const auto page = std::make_shared<const std::string>(wire::frame(wire::Opcode::binary, std::string(8 << 20, 'a')));
  for (int i = 0; i < 3; ++i) server.run([&] { server.transport.push(std::span{&socket, 1}, page); });
  const OpenMetricsReader read = readingsOf(server);
  // The first has begun; the second gave way to the third.
  EXPECT_EQ(read["duramen_websocket_sent_pages_total"], 3);
  EXPECT_EQ(read["duramen_websocket_superseded_pages_total"], 1);
  const double sent = read["duramen_sent_bytes_total"] - headBytes;
  EXPECT_EQ(read["duramen_waiting_bytes"], 2 * static_cast<double>(page->size()) - sent);
}

TEST(MetricsPage, CountsWhoseClientWent) {
  test::TestServer server;
  Peer peer{server.address()};
  peer.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  server.handler.await("later");
  std::promise<void> done;
  server.run([&] { server.transport.drain(1ms, [&] { done.set_value(); }); });
  done.get_future().wait();
  const OpenMetricsReader page = readingsOf(server);
  EXPECT_EQ(page["duramen_http_broken_requests_total"], 1);
  EXPECT_EQ(page["duramen_http_requests_total{method=\"GET\",status=\"2xx\"}"], 0);
  EXPECT_EQ(page["duramen_connections{kind=\"http\"}"], 0);
}

// The reader is as strict as it should be.
TEST(OpenMetricsReader, FindsWhatIsWrong) {
  const auto faults = [](const std::string& text) { return OpenMetricsReader{text}.faults(); };
  EXPECT_THAT(faults("# TYPE a counter\na_total 1\n# EOF\n"), IsEmpty());
  EXPECT_THAT(faults("# TYPE a counter\na_total 1\n"), ElementsAre("there is no # EOF"));
  EXPECT_THAT(faults("# TYPE a counter\na 1\n# EOF\n"), Not(IsEmpty()));
  EXPECT_THAT(faults("# TYPE a counter\na_total{x=\"1\n# EOF\n"), Not(IsEmpty()));
  EXPECT_THAT(faults("# TYPE a gauge\na -\n# EOF\n"), Not(IsEmpty()));
  EXPECT_THAT(faults("# TYPE a gauge\na 1\na 1\n# EOF\n"), Not(IsEmpty()));
  EXPECT_THAT(faults("# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n"), Not(IsEmpty()));
  EXPECT_THAT(
      faults("# TYPE a histogram\na_bucket{le=\"1.0\"} 2\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\n# EOF\n"),
      Not(IsEmpty()));
  EXPECT_THAT(faults("# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_count 1\na_sum 1\n# EOF\n"), Not(IsEmpty()));
  EXPECT_THAT(faults("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\na_sum 1\n# EOF\n"), Not(IsEmpty()));
}

TEST(OpenMetrics, EscapesWhatIsWritten) {
  OpenMetrics out;
  out.family("a", MetricType::info, "say \"no\"\\\n");
  out.sample(1, {{"v", "\"\\\n"}});
  EXPECT_EQ(std::move(out).finish(),
            "# TYPE a info\n# HELP a say \\\"no\\\"\\\\\\n\na_info{v=\"\\\"\\\\\\n\"} 1\n# EOF\n");
}

TEST(Documents, HaveTheTableOfMetrics) {
  std::ostringstream text;
  text << std::ifstream{DURAMEN_TREE "/docs/operating.md"}.rdbuf();
  EXPECT_THAT(text.str(), HasSubstr(metricsTable())) << "docs/operating.md needs this table:\n" << metricsTable();
}

}  // namespace
}  // namespace duramen::server
