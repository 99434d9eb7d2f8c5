#pragma once
// One loop's answers to what comes from outside: pages, actions by POST, the browser's files, and the realtime socket.
// Whatever is wrong with a request is answered here, with what was expected.

#include <list>
#include <unordered_map>

#include "base/task_set.h"
#include "server/page_stream.h"
#include "server/service.h"
#include "server/transport.h"

namespace duramen::server {

class AppHandler final : public Handler {
 public:
  // REQUIRES: both outlive it.
  AppHandler(Service& service, loop::Loop& loop) : service_(service), loop_(loop), tasks_(loop) {}
  // Where the sockets of this loop are. Before the first socket.
  void setOutlet(realtime::Outlet& outlet) { outlet_ = &outlet; }

  std::optional<Response> refusal(Request& request) override;
  void request(Request request, Answer answer) override;
  void upgrade(SocketId socket, Request request, Decision decide) override;
  void opened(SocketId socket) override;
  void message(SocketId socket, std::span<const std::byte> message) override;
  void closed(SocketId socket) override;

 private:
  // A page on its way. It is given up when nothing more of it has come for the time of a pass; an action never is.
  struct PendingPage {
    PendingPage(loop::Loop& loop, std::shared_ptr<PageStream> to) : stream(std::move(to)), tasks(loop) {}
    std::shared_ptr<PageStream> stream;
    loop::Timer deadline;
    TaskSet tasks;
  };
  using Pages = std::list<PendingPage>;

  void startPage(Request request, std::string link, Answer answer);
  Task<void> page(Request request, std::string link, Pages::iterator at);
  void finishPage(Pages::iterator at);
  void giveUpPage(Pages::iterator at);
  void setDeadline(Pages::iterator at);
  Task<void> action(Request request, std::string link, Answer answer);
  void markReaders(std::string_view link);
  Task<void> form(Request request, std::string link, Answer answer);
  Task<void> join(SocketId socket, Request request, std::string link, Decision decide);
  Response failedForm(const app::Outcome& outcome, std::string_view link);

  Service& service_;
  loop::Loop& loop_;
  realtime::Outlet* outlet_ = nullptr;
  // Accepted, but not open yet.
  struct Accepted {
    realtime::Joining joining;
    JoinLimits::Place place;
  };
  struct Member {
    realtime::Groups::Member member;
    JoinLimits::Place place;
  };
  std::unordered_map<std::uint64_t, Accepted> joining_;
  std::unordered_map<std::uint64_t, Member> members_;
  Pages pages_;
  TaskSet tasks_;
};

}  // namespace duramen::server
