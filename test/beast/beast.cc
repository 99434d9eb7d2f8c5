// What of Beast need not be a template, once for all tests and benchmarks that have it as a peer.
#include <boost/beast/src.hpp>
