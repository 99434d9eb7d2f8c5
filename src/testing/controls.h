#pragma once
// What a person can press on a page, and what the forms on it send: host elements only, as a browser treats them before
// and without scripts. What a component shows is the browser's. Every error is a sentence in a std::runtime_error.

#include <string>
#include <string_view>
#include <vector>

#include "duramen/form_data.h"
#include "testing/payload.h"

namespace duramen::test {

// What a browser does when something is pressed.
struct Press {
  std::string link;         // empty, or where it goes by GET
  std::string body;         // else what it posts to the page's own address
  std::string contentType;  // of the body
};

class Controls {
 public:
  using Fields = std::vector<FormData::Entry>;
  // REQUIRES: `page` outlives it.
  explicit Controls(const Payload& page);

  // The one button or link that has this text, pressed; a button sends its form.
  Press press(std::string_view text, const Fields& given) const;
  // The one form that calls this action, sent by its first button.
  Press submit(std::string_view action, const Fields& given) const;

 private:
  struct Control {
    const Element* element = nullptr;
    const Element* form = nullptr;  // that it belongs to
    bool disabled = false;          // itself, or by a fieldset
  };
  struct Inside {
    const Element* form = nullptr;
    bool disabled = false;
  };
  void walk(const Value& node, Inside inside);
  void walk(const Element& element, Inside inside);
  std::string textOf(const Control& control) const;
  std::string everything() const;
  const Control* firstButton(const Element& form) const;
  Press send(const Element& form, const Control* button, const Fields& given) const;
  Fields fields(const Element& form, const Control* button, const Fields& given) const;
  bool takes(const Element& form, const Control& control, const FormData::Entry& entry) const;
  std::vector<std::string> offered(const Control& control) const;
  std::vector<std::string> chosen(const Control& control) const;
  void requireFilled(const Element& form, const Fields& sent) const;
  std::string valueOfOption(const Element& option) const;
  void options(const Value& node, std::vector<const Element*>& all) const;

  const Payload& page_;
  std::vector<Control> controls_;  // buttons, links and fields, in order of the page
  std::vector<const Element*> forms_;
  std::vector<const Element*> withComponents_;  // forms whose fields are not all known
};

}  // namespace duramen::test
