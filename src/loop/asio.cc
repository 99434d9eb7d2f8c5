// Everything of Asio that need not be a template, once for the whole library.
#include <boost/asio/impl/src.hpp>
