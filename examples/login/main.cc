#include "login.h"

int main(int argc, char** argv) {
  return duramen::serve(login::loginApp(), duramen::ServerOptions::fromArgs(argc, argv));
}
