// The notes' components as they would be after `text` of Editor was renamed, and one component of every kind of prop.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "duramen.h"

namespace {

using duramen::ActionRef;

struct Env {};
using Context = duramen::Context<Env>;

struct Editor {
  static constexpr duramen::ClientModule module{"/client/Editor.tsx", "Editor"};
  std::string noteKey;
  duramen::Revision words;
  ActionRef<duramen::Revision(std::string, std::optional<duramen::Base>)> save;
};

enum class Shade { light, dark };
struct Branch {
  std::string name;
  std::vector<Branch> branches;
};
struct Sampler {
  static constexpr duramen::ClientModule module{"/client/Sampler.tsx", "Sampler"};
  bool flag;
  double number;
  Shade shade;
  std::optional<std::string> note;
  std::vector<std::vector<int>> table;
  Branch branch;
  std::map<std::string, Shade> shades;
  std::set<int> seen;
  duramen::Date when;
  duramen::BigInt large;
  std::vector<std::byte> bytes;
  duramen::TypedArray<float> samples;
  duramen::File picture;
  duramen::Node children;
  duramen::Value anything;
  ActionRef<void(Branch)> submit;
  ActionRef<void(duramen::FormData)> upload;
  ActionRef<void()> reset;
  ActionRef<std::vector<Branch>(int, std::optional<Shade>)> find;
};

const duramen::ClientBundle none{};

}  // namespace

int main(int argc, char** argv) {
  // A program that owns its server writes them, too.
  Env env;
  duramen::Server server{duramen::defineApp<Context>(duramen::client<Editor, Sampler>(none)), env,
                         duramen::ServerOptions::fromArgs(argc, argv)};
  return server.run();
}
