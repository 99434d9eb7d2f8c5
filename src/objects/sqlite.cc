#include "objects/sqlite.h"

#include <sqlite3.h>

#include <new>

namespace duramen::objects {
namespace {

std::unexpected<SqliteError> lastError(sqlite3* connection) {
  return std::unexpected(SqliteError{sqlite3_extended_errcode(connection), sqlite3_errmsg(connection)});
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Connection::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Statement& Statement::bind(int parameter, std::string_view bytes) {
  // A null pointer would bind NULL.
  sqlite3_bind_blob64(statement_.get(), parameter, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bindText(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

Statement& Statement::bindNull(int parameter) {
  sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

SqliteResult<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return lastError(sqlite3_db_handle(statement_.get()));
  }
}

SqliteResult<void> Statement::run() {
  const SqliteResult<bool> done = step();
  reset();
  if (!done) return std::unexpected(done.error());
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  if (!bytes && sqlite3_errcode(sqlite3_db_handle(statement_.get())) == SQLITE_NOMEM) throw std::bad_alloc();
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {static_cast<const char*>(bytes), bytes ? size : 0};
}

SqliteResult<Connection> Connection::open(const std::filesystem::path& file, const char* vfs) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs);
  Connection connection{raw};
  if (code == SQLITE_OK) return connection;
  return std::unexpected(SqliteError{code, raw ? sqlite3_errmsg(raw) : sqlite3_errstr(code)});
}

SqliteResult<void> Connection::run(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return lastError(connection_.get());
}

SqliteResult<std::int64_t> Connection::number(const char* sql) {
  SqliteResult<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const SqliteResult<bool> row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

SqliteResult<Statement> Connection::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK)
    return Statement{statement};
  return lastError(connection_.get());
}

bool Connection::autocommits() const { return sqlite3_get_autocommit(connection_.get()) != 0; }

}  // namespace duramen::objects
