#pragma once
// One loop's answers to what comes from outside: pages, actions by POST, the browser's files, and the realtime socket.
// Whatever is wrong with a request is answered here, with what was expected.

#include <expected>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/task_set.h"
#include "flight/form_post.h"
#include "server/page_stream.h"
#include "server/service.h"
#include "server/transport.h"
#include "wire/request_reader.h"

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
  void piece(SocketId socket, std::span<const std::byte> bytes, bool last) override;
  void closed(SocketId socket) override;

 private:
  // A page on its way, also one after an action. It is given up when nothing more of it has come for the time of a
  // pass, or when nobody takes it any more; an action that has begun never is.
  struct PendingPage {
    PendingPage(loop::Loop& loop, std::shared_ptr<PageStream> to) : stream(std::move(to)), tasks(loop) {}
    std::shared_ptr<PageStream> stream;
    std::shared_ptr<const bool> pending = std::make_shared<const bool>(true);  // until it has ended
    loop::Timer deadline;
    TaskSet tasks;
  };
  struct Member {
    realtime::Groups::Member member;
    JoinLimits::Place place;
    std::string address;
    ByteBudget::Place held;                          // what that takes
    std::optional<wire::RequestReader> reader = {};  // of a message that has begun
    bool gone = false;                               // its group could not be told yet
  };
  using Pages = std::list<PendingPage>;
  // A form that was posted without scripts, and whose action failed.
  struct FailedForm {
    flight::FormPost post;
    int status = 0;
    detail::FormFailure failure;
  };

  Response refuseOrigin(const Request& request);
  Response probe(const Request& request) const;
  // Null if the session function failed, which is in the log.
  Task<detail::IdentityPtr> senderOf(Request request);
  void startPage(std::shared_ptr<PageStream> stream, std::string link, Task<detail::IdentityPtr> identity);
  Task<void> page(Task<detail::IdentityPtr> identity, std::string link, Pages::iterator at);
  void finishPage(Pages::iterator at);
  void giveUpPage(Pages::iterator at);
  void giveUpUnwanted(Pages::iterator at);
  void setDeadline(Pages::iterator at);
  Task<void> action(Request request, std::string link, Answer answer);
  ActionRows actionRows(const app::Outcome& outcome, const Request& request) const;
  void markReaders(std::string_view link);
  Task<void> form(Request request, std::string link, Answer answer);
  Task<void> withoutUpgrade(Request request, Answer answer);
  // Whether the request's sender may join, and who that is.
  Task<std::expected<realtime::Joining, Response>> admit(Request request);
  Task<void> join(SocketId socket, Request request, std::string link, Decision decide);
  void ask(SocketId socket, Member& member, wire::ActionRequest request);
  void refuseMessage(SocketId socket, const std::string& address, const wire::MessageError& error);
  static bool tellGroup(const Member& member);
  void tellGroups();
  Response noPlaceFor(const Request& request, const JoinLimits::Refusal& why);
  Task<app::Page> pageInTime(std::string link, detail::IdentityPtr who, detail::FormFailure& failure);
  Task<Response> answerTo(FailedForm form, std::string link, detail::IdentityPtr who);

  Service& service_;
  loop::Loop& loop_;
  realtime::Outlet* outlet_ = nullptr;
  // Accepted, but not open yet.
  struct Accepted {
    realtime::Joining joining;
    JoinLimits::Place place;
    std::string address;
  };
  std::unordered_map<std::uint64_t, Accepted> joining_;
  std::unordered_map<std::uint64_t, Member> members_;
  loop::Timer tellGroups_;  // of those that went while there was no memory
  Pages pages_;
  TaskSet tasks_;
};

}  // namespace duramen::server
