// Prints the numbers of all rules, one a line, for scripts.
#include <cstdio>

#include "lowbit4j/moment.h"
#include "lowbit4j/scalar.h"

namespace lowbit4j {
#include "lowbit4j/rules.h"
}

template <class... All>
void print(lowbit4j::Rules<All...>) {
  (printf("%d\n", All::ID), ...);
}

int main() { print(lowbit4j::AllRules()); }
