#pragma once
// SQLite's C interface as values that close themselves. A connection and its statements belong to one thread.

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace duramen::objects {

// SQLite's extended result code, and its message.
struct SqliteError {
  int code = 0;
  std::string what;
};
template <class T>
using SqliteResult = std::expected<T, SqliteError>;

// A prepared statement. Parameters are numbered from 1, columns from 0; bound bytes must stay until the next reset().
class Statement {
 public:
  Statement() = default;
  Statement& bind(int parameter, std::string_view bytes);  // as a BLOB
  Statement& bindText(int parameter, std::string_view text);
  Statement& bind(int parameter, std::int64_t number);
  Statement& bindNull(int parameter);
  // Whether there is a row.
  SqliteResult<bool> step();
  // For statements without rows: one step, then reset.
  SqliteResult<void> run();
  void reset();

  std::int64_t integer(int column) const;
  std::string_view bytes(int column) const;  // until the next step

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
  Connection() = default;
  // `vfs`: how it reads and writes (store_vfs.h); null: as SQLite does by itself.
  static SqliteResult<Connection> open(const std::filesystem::path& file, const char* vfs = nullptr);
  SqliteResult<void> run(const char* sql);
  // The first column of the first row; 0 if there is no row.
  SqliteResult<std::int64_t> number(const char* sql);
  SqliteResult<Statement> prepare(const char* sql);
  // Whether no transaction is open: after an error this says if SQLite has rolled back by itself.
  bool autocommits() const;
  sqlite3* get() const { return connection_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit Connection(sqlite3* connection) : connection_(connection) {}
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace duramen::objects
