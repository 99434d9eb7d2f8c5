// Everything of Asio and Beast that need not be a template, once for the whole library.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
