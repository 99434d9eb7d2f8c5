#pragma once
// Files of a directory, served as they are beside the app's pages (ServerOptions::staticFiles).

#include <string>

namespace duramen {

// Everything below `directory` may be read by anybody, except: names that begin with a dot, what is no regular file,
// and whatever lies behind a symbolic link, since none is followed below the directory. A folder shows its index.html;
// nothing lists it. A file whose name holds a hash ("app-2SEQNZ7L.js") is cached for a year, others are asked for again
// each time. "FILE.br" and "FILE.gz" beside FILE, and not older, are what a browser that takes them is sent. A new
// version takes a file's place by being renamed: one that is written over while it is sent arrives as a mixture.
struct StaticDirectory {
  std::string path;       // "/files": all addresses below it are the directory's, before the app's own
  std::string directory;  // "/srv/app/files"
};

}  // namespace duramen
