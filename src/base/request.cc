#include "duramen/request.h"
