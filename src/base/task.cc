#include "duramen/task.h"
