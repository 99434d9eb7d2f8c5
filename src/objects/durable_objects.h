#pragma once
// Objects that are kept in a data directory.

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "objects/data_directory.h"
#include "objects/objects.h"
#include "objects/sqlite_store.h"

namespace duramen::objects {

class DurableObjects {
 public:
  // Opens the directory, which one server at a time may have, or makes it. The error is a sentence for whoever started
  // the server. REQUIRES: the loops outlive it.
  static std::expected<std::unique_ptr<DurableObjects>, std::string> open(const std::string& directory,
                                                                          std::vector<loop::Loop*> loops,
                                                                          Objects::Options options);
  DurableObjects(const DurableObjects&) = delete;
  DurableObjects& operator=(const DurableObjects&) = delete;
  ~DurableObjects();

  Objects& objects() { return objects_; }
  // Instances in memory. Any thread.
  std::size_t size() const { return objects_.size(); }
  // Any thread, until stop().
  const CommitCounts& commitCounts() const { return committer_->counts(); }
  // From then on sets that another program keeps from the disk fail, so that stop() ends. Any thread, until stop().
  void giveUpBy(std::chrono::steady_clock::time_point when);
  // No event begins any more, and those that wait fail; what was handed over is made durable, and the directory is
  // given up. May be called again. REQUIRES: the loops run.
  void stop();

 private:
  DurableObjects(DataDirectory directory, std::unique_ptr<SqliteStore> store, std::vector<loop::Loop*> loops,
                 const Objects::Options& options);

  std::optional<DataDirectory> directory_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<ThreadCommitter> committer_;
  Objects objects_;
};

}  // namespace duramen::objects
