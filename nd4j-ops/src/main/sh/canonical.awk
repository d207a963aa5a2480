# The C++ that JavaCPP generated, in an order of its own: JavaCPP writes methods and members in the order in which a JVM
# happens to list them, and compilers give other bytes for another order.
# Sorted are exported methods, by their first line, and the members of a class in the tables of names and offsets, by name.

# Insertion, as not every awk has a sort.
function sort(a, n,    i, j, x) {
  for (i = 2; i <= n; i++) {
    x = a[i]
    for (j = i - 1; j >= 1 && a[j] > x; j--) a[j + 1] = a[j]
    a[j + 1] = x
  }
}

# { first, others... } with the others sorted.
function sortedRow(line,    head, tail, items, n, i, others) {
  head = substr(line, 1, index(line, "{ ") + 1)
  tail = substr(line, index(line, " }"))
  line = substr(line, length(head) + 1, length(line) - length(head) - length(tail))
  # A comma within offsetof(...) has another sign while items are told apart.
  gsub(/, /, "\n", line)
  while (match(line, /offsetof\([^\n)]*\n/)) {
    line = substr(line, 1, RSTART + RLENGTH - 2) "\t" substr(line, RSTART + RLENGTH)
  }
  n = split(line, items, "\n")
  for (i = 2; i <= n; i++) others[i - 1] = items[i]
  sort(others, n - 1)
  line = items[1]
  for (i = 1; i < n; i++) line = line ", " others[i]
  gsub(/\t/, ", ", line)
  return head line tail
}

/JNICALL Java_.*\{$/ { inMethod = 1; methods[++count] = "" }
inMethod { methods[count] = methods[count] $0 "\n"; if ($0 == "}") inMethod = 0; next }
# Methods are written where the last of them was; blank lines between them are left out.
count > 0 && /^$/ { next }
count > 0 { rest = rest $0 "\n"; next }
/^static .*JavaCPP_(members|offsets)\[/ { inTable = 1; print; next }
inTable && /\{ .* \}/ { print sortedRow($0); inTable = !/;$/; next }
{ print }
END {
  sort(methods, count)
  for (i = 1; i <= count; i++) printf "%s", methods[i]
  printf "%s", rest
}
