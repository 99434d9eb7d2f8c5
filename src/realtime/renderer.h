#pragma once
// Who renders a view. Groups ask a Renderer and do not know whether C++ pages answer (page_renderer.h) or somebody
// else.

#include <memory>
#include <string>
#include <vector>

#include "duramen/context.h"
#include "duramen/id.h"
#include "duramen/node.h"
#include "duramen/task.h"

namespace duramen::realtime {

// One render of one view. Immutable once made.
struct Rendered {
  int status = 200;
  std::shared_ptr<const std::string> bytes;  // Flight rows; the page's root is row 1
  detail::Reads reads;                       // which values of the client; a renderer that cannot know reads everything
  std::vector<ObjectId> dependencies;        // which objects it read, in order, each once
  bool complete = true;                      // no part of it is still to come
  std::string fault;                         // what went wrong, for the log
  std::string redirect;                      // where the page sends its client; empty if it does not
  std::shared_ptr<const Node> node;          // of a C++ page: compared before anything is encoded
};
using RenderedPtr = std::shared_ptr<const Rendered>;

class Renderer {
 public:
  virtual ~Renderer() = default;
  // Renders the page at `link` as `who` sees it. Lets no exception out. A render equal to `last` (which may be null)
  // shares its bytes. REQUIRES: awaited by a task whose scope belongs to this render alone.
  virtual Task<Rendered> render(std::string link, detail::IdentityPtr who, RenderedPtr last) = 0;
  // Whether `who` may be handed somebody else's render of `link` that read the same values.
  virtual Task<Verdict> mayView(std::string link, detail::IdentityPtr who) = 0;
};

}  // namespace duramen::realtime
