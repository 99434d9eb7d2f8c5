#pragma once
// Files of a directory, served as they are beside the app's pages (ServerOptions::staticFiles).

#include <string>

namespace duramen {

// Everything below `directory` may be read by anybody, except: names that begin with a dot, what is no regular file,
// and whatever lies behind a symbolic link, since none is followed below the directory. A folder shows its index.html;
// nothing lists it. Browsers keep a file and ask each time whether it is still the same. "FILE.br" and "FILE.gz" beside
// FILE, and not older, are what a browser that takes them is sent. A new version takes a file's place by being renamed:
// one that is written over while it is sent arrives as a mixture.
struct StaticDirectory {
  std::string path;       // "/files": all addresses below it are the directory's, before the app's own
  std::string directory;  // "/srv/app/files"
  // The files never change once they have a name, as those of bundlers, whose names hold a hash ("app-2SEQNZ7L.js"):
  // browsers keep each for a year and do not ask again.
  bool immutable = false;
};

}  // namespace duramen
