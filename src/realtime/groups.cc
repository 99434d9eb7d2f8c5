#include "realtime/groups.h"

#include <algorithm>
#include <condition_variable>

#include "duramen/site_of.h"
#include "realtime/link.h"
#include "wire/frame_error.h"

namespace duramen::realtime {
namespace {

constexpr loop::Duration quietLook = std::chrono::milliseconds{5};

}  // namespace

Groups::Groups(std::vector<loop::Loop*> loops, const GroupEnvironment& environment) : environment_(environment) {
  for (loop::Loop* const loop : loops) {
    tables_.push_back(std::make_unique<Table>());
    tables_.back()->loop = loop;
    tables_.back()->authority =
        std::make_unique<Authority>(*loop, environment.site, environment.options.authority, environment.log);
  }
  link_->groups = this;
  for (const auto& table : tables_)
    table->loop->afterScarcity([at = table.get(), link = std::weak_ptr(link_)] {
      const auto alive = link.lock();
      if (!alive || !alive->groups) return;
      for (const auto& [key, group] : at->groups) group->resume();
    });
}

Groups::~Groups() {
  const std::lock_guard lock{link_->mutex};
  link_->groups = nullptr;
}

void Groups::attach(Namespace<RealtimeDurableObject>& space) {
  space_ = &space;
  space.setCompanion(link_);
}

Groups::Place Groups::placeOf(const std::string& key) const {
  const ObjectId id = space_->idFromName(key);
  const loop::Loop& loop = space_->loopOf(id);
  for (std::size_t i = 0; i < tables_.size(); ++i)
    if (tables_[i]->loop == &loop) return {i, id};
  throw std::logic_error("a group's object lives on a loop that is not the server's");
}

Groups::Member Groups::join(Joining joining) {
  Member member;
  member.groups_ = this;
  member.key_ = joining.key = normalKey(joining.key);
  member.id_ = nextClient_.fetch_add(1, std::memory_order_relaxed);
  const Place place = placeOf(joining.key);
  member.table_ = place.table;
  Table& table = *tables_[place.table];
  table.loop->post([this, &table, object = place.id, id = member.id_, joining = std::move(joining)]() mutable {
    Outlet* const outlet = joining.outlet;
    const SocketId socket = joining.socket;
    try {
      admit(table, object, id, std::move(joining));
    } catch (const std::bad_alloc&) {
      std::erase_if(table.groups, [](const auto& each) { return !each.second || each.second->idle(); });
      outlet->loop().post([outlet, socket] { outlet->close(socket, wire::close_code::tryAgainLater, noMemoryLeft); });
    }
  });
  return member;
}

void Groups::admit(Table& table, ObjectId object, ClientId id, Joining joining) {
  auto& group = table.groups[joining.key];
  if (!group)
    group = std::make_unique<Group>(joining.key, object, *table.loop, environment_, *table.authority,
                                    [this, &table, key = joining.key] { forgetIfIdle(table, key); });
  if (table.draining) group->drain();
  // The revocation's own work on this loop may have come before.
  const bool isOld = joining.revocations != revocations();
  group->join(id, std::move(joining), isOld);
}

void Groups::Member::message(wire::ActionRequest request, ByteBudget::Place charge) const {
  groups_->visit(table_, key_,
                 [id = id_, request = std::move(request), charge = std::move(charge)](Group& group) mutable {
                   try {
                     group.message(id, std::move(request), std::move(charge));
                   } catch (const std::bad_alloc&) {
                     group.giveUp(id);
                   }
                 });
}

void Groups::Member::leave() const {
  groups_->visit(table_, key_, [id = id_](Group& group) { group.leave(id); });
}

void Groups::render(std::string_view key) {
  if (!space_) return;
  std::string normal = normalKey(key);
  const Place place = placeOf(normal);
  visit(place.table, std::move(normal), [](Group& group) { group.mark(); });
}

std::size_t Groups::readers(std::string_view key) const {
  const std::string normal = normalKey(key);
  const auto& groups = tables_[placeOf(normal).table]->groups;
  const auto at = groups.find(normal);
  return at == groups.end() ? 0 : at->second->readers();
}

GroupNumbers Groups::numbers(const loop::Loop& loop) const {
  GroupNumbers numbers;
  for (const auto& table : tables_) {
    if (table->loop != &loop) continue;
    for (const auto& [key, group] : table->groups) {
      ++numbers.groups;
      numbers.clients += group->readers();
      numbers.views += group->views();
    }
  }
  return numbers;
}

void Groups::visit(std::size_t table, std::string key, std::move_only_function<void(Group&)> use) {
  Table& at = *tables_[table];
  at.loop->post([this, &at, key = std::move(key), use = std::move(use)]() mutable {
    const auto group = at.groups.find(key);
    if (group == at.groups.end()) return;
    use(*group->second);
    forgetIfIdle(at, key);
  });
}

void Groups::forgetIfIdle(Table& table, const std::string& key) {
  const auto group = table.groups.find(key);
  if (group == table.groups.end()) return;
  if (group->second->idle()) table.groups.erase(group);
}

void Groups::drain(Work quiet) {
  for (const auto& table : tables_)
    table->loop->post([at = table.get()] {
      at->draining = true;
      for (const auto& [key, group] : at->groups) group->drain();
    });
  checkQuiet(0, std::make_shared<Work>(std::move(quiet)));
}

void Groups::checkQuiet(std::size_t table, std::shared_ptr<Work> quiet) {
  if (table == tables_.size()) return (*quiet)();
  Table& at = *tables_[table];
  at.loop->post([this, &at, table, quiet = std::move(quiet)]() mutable {
    if (std::ranges::all_of(at.groups, [](const auto& each) { return each.second->isQuiet(); }))
      return checkQuiet(table + 1, std::move(quiet));
    at.quietCheck = at.loop->after(quietLook, [this, &at, table, quiet = std::move(quiet)]() mutable {
      at.quietCheck.reset();
      checkQuiet(table, std::move(quiet));
    });
  });
}

void Groups::clear(const std::function<void()>& run) {
  std::mutex mutex;
  std::condition_variable done;
  std::size_t left = tables_.size();
  for (const auto& table : tables_)
    table->loop->post([&, at = table.get()] {
      at->quietCheck.reset();
      at->groups.clear();
      const std::lock_guard lock{mutex};
      --left;
      done.notify_one();
    });
  if (run) run();
  std::unique_lock lock{mutex};
  done.wait(lock, [&] { return left == 0; });
}

}  // namespace duramen::realtime

namespace duramen {

int RealtimeDurableObject::readers() const { return static_cast<int>(groups_.readers(key())); }

void renderRealtimeClients(const Namespace<RealtimeDurableObject>& groups, std::string_view key) {
  const auto link = std::static_pointer_cast<realtime::Groups::Link>(groups.companion());
  if (!link) return;
  const std::lock_guard lock{link->mutex};
  if (link->groups) link->groups->render(key);
}

namespace app {

void attachGroups(Namespace<RealtimeDurableObject>& space, objects::Objects& objects, realtime::Groups& groups) {
  space.open(objects, [&groups](ObjectState& state) { return std::make_unique<RealtimeDurableObject>(state, groups); });
  groups.attach(space);
}

}  // namespace app
}  // namespace duramen
