// All that a variant on vectors is made of. Included once per instruction set, inside its namespace and target, see
// each_variant.h.

#include LB_VECTOR

#include "axpy.h"
#include "rules.h"
#include "relative.h"
#include "power.h"
#include "power4.h"
#include "nearest.h"
#include "block.h"
#include "sweep.h"
#include "compensation.h"
#include "fused.h"
#include "plain.h"
#include "range.h"
#include "squares.h"
#include "calls.h"
