// What the Vectors of all instruction sets have alike, and what each must have. Included inside each struct Vector,
// behind Register, the type of the CPU's register. No base class: with one, GCC 12 spilled half as many more registers.
//
// The contract. A Vector is N floats, lanes from the lowest address on, N a power of two from 4 to 16; a group is 4
// vectors. All that is not said to be an estimate has the bits of the float operations in platform.h, scalar.h and
// codebook.h, lane by lane: IEEE's, to nearest even, with subnormal numbers. NaNs may have any bits.
//
//   Mask, Bytes, Halves      a truth value per lane; the 4N bytes of a group's codes or of a vector; the 2N bytes of a
//                            group's codes of 4 bits
//   load, store              at addresses aligned to nothing
//   bits()                   the vector as Bytes
//   larger, smaller          a > b ? a : b, and a < b ? a : b: b if one is NaN, or both are zeros
//   magnitude, root          without sign; square root
//   bySign(a, size)          size with the sign of a; 0 where a is a zero or NaN
//   fma(a, b, c)             a*b + c, rounded once
//   quotient(a, b)           a/b where b is above 0, else 0
//   less(a, b), differ(a, b) false where one is NaN
//   choose(mask, a, b)       a where the mask is set, else b
//   minusIf, timesIf, fmaIf  a - b, a*b, a*b + c where the mask is set, else a, 0, c
//   largerPositive, smallerPositive, largestPositive(), smallestPositive()
//                            of numbers without sign, of two vectors or of all lanes: by their bits, NaN above all
//   largerBits, largestBits()  of any bits, as whole numbers without sign
//   plusOne(a, mask)         a's bits as a whole number, plus one where the mask is set
//   lanes(masks)             the masks of a group, a bit per element, the first the lowest
//
//   hasReserved(codes, n)    whether one of n codes, of whole groups, is 0x7F or 0xFF
//   hasReserved4(codes, n)   whether half of one of n bytes, of whole groups, is 0xF
//   phases(first), nextGroup(p), fromMiddle(p, v)
//                            the dither's sequence as Phase: a group from one element on, the next one; u - 0.5
//                            for the group's vector v
//   rootEstimateMinus(s, f)  an estimate of the root of s up to 2^16, off by less than 0.2, minus f; NaN where s is 0;
//                            where s is subnormal it may be infinite
//   cubeRootEstimate<HIGH>(s)  of s in 32..2^21, off by less than 0.36; HIGH: in 48..2^21, no more is needed
//   pieceBefore(x)           for x in [0, 1], in the lowest bits, others any: Lines' piece of x, or the one before
//   ofPiece(table, piece)    table[piece], tables of 8 floats being there twice, at addresses aligned to 64
//   pack(levels)             the lowest byte of each number of a group
//   withSigns(codes, x)      bit 7 set where the number x, in memory, has a sign
//   signedLevels(levels, x)  levels 0..127 to codes of a signed DYNAMIC codebook, see Codebook::hasLines
//   withoutReserved(levels)  1..254 to 0..0x7E, 0x80..0xFE
//   signedCodes4(levels, x)  levels 0..7 to codes of a signed codebook of 4 bits
//   packPairs(codes)         bytes up to 0xF, two to a byte, the first in its lower half
//   pairsLess(pairs, x)      pairs minus x, byte by byte
//   loadBytes, loadHalf, storeBytes
//                            at addresses aligned to nothing
//   decodeSigned, decodeUnsigned, decodeValues
//                            values of a group's codes: POWER's times 2^21, times 2^16; of any codebook by its table
//   decodeSigned4, decodeUnsigned4
//                            the same of codes of 4 bits, times 2^6, times 2^8
//   Sums                     Checksum's sum: clear(), add(bytes or halves) for bytes one behind the other, total()
//   SumsOfSquares            eight sums in double, from zeros: add(x) adds the squares of x[0..7]; store(sums)
//
// All are static or friends, and LB_INLINE: no call leaves the variant's target.

static constexpr int N = sizeof(Register) / sizeof(float);
Register x;

Vector() = default;
LB_INLINE Vector(Register value) : x(value) {}

LB_INLINE friend Vector operator+(Vector a, Vector b) { return a.x + b.x; }
LB_INLINE friend Vector operator-(Vector a, Vector b) { return a.x - b.x; }
LB_INLINE friend Vector operator*(Vector a, Vector b) { return a.x * b.x; }
LB_INLINE friend Vector operator/(Vector a, Vector b) { return a.x / b.x; }
LB_INLINE friend Vector operator-(Vector a) { return -a.x; }
