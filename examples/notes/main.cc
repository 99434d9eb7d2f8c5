#include "notes.h"

int main(int argc, char** argv) {
  return duramen::serve(notes::notesApp(), duramen::ServerOptions::fromArgs(argc, argv));
}
