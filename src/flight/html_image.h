#pragma once
// An image that the page shows at once is asked for by the head already (docs/flight.md, D6).

#include "flight/html_attributes.h"
#include "flight/html_head.h"

namespace duramen::flight {

// Puts the preload of an <img> with these attributes into the head, unless it is lazy, of low priority, in the page
// itself or asked for already.
void preloadImage(HtmlHead& head, const Attributes& image);

}  // namespace duramen::flight
