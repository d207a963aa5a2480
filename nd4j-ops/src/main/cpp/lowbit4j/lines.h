// The levels of a DYNAMIC codebook by lines. Between two powers of ten its values are evenly spaced, so a
// line gives the level, but next to a threshold, where rounding decides.
#pragma once

#include "platform.h"

namespace lowbit4j {

class Lines {
 public:
  static constexpr int PIECES = 8;

  // Of the distance between two levels: numbers so near a threshold are to be compared with it.
  static constexpr float MARGIN = 0x1p-13f;

  // Added to a level, brings it to the lowest bits.
  static constexpr float TWO_POW_23 = 0x1p23f;

  // By piece, twice: the largest number of it, a line that gives the level of a number less MARGIN, and
  // the piece's highest level plus TWO_POW_23.
  alignas(64) float ends[2 * PIECES];
  alignas(64) float slopes[2 * PIECES];
  alignas(64) float starts[2 * PIECES];
  alignas(64) float highest[2 * PIECES];

  // The piece of a number, or the one before, is (bits/2^16 - LOWEST) * PER_DECADE / 2^16.
  static constexpr int PER_DECADE = 154;
  static constexpr int LOWEST = (0x362796E5 >> 16) - 0x10000 / PER_DECADE;  // 2.5e-6 is in piece 1

  // values: magnitudes in ascending order; first: the number of the lowest level. Returns whether levels
  // are as lines tell, so that they can be used.
  bool prepare(const float* values, int n, int first) {
    if (n < 2 * PIECES || values[n - 1] != 1) {
      return false;
    }
    // The last piece has the largest value alone.
    int from = 0;
    double power = 1e-6;
    for (int piece = 0; piece < PIECES - 1; piece++, power *= 10) {
      if (from > n - 2) {
        return false;
      }
      int to = from;
      while (to < n - 2 && middle(values, to) < power) {
        to++;
      }
      setPiece(piece, values, from, to, first);
      from = to + 1;
    }
    setPiece(PIECES - 1, values, n - 1, n - 1, first);
    return from == n - 1 && hold(values, n, first);
  }

 private:
  static float middle(const float* values, int k) { return 0.5f * (values[k] + values[k + 1]); }

  // Levels from..to, with thresholds between them, and one at the end to the next piece.
  void setPiece(int piece, const float* values, int from, int to, int first) {
    double slope = 0;
    if (to - from >= 2) {
      slope = (to - 1 - from) / ((double)middle(values, to - 1) - middle(values, from));
    } else if (to - from == 1) {
      slope = 0.5 / middle(values, from);
    }
    double start = to > from ? from + 0.5 - slope * middle(values, from) : from;
    bool last = piece == PIECES - 1;
    for (int i = piece; i < 2 * PIECES; i += PIECES) {
      ends[i] = last ? floatOf(INFINITY_BITS) : middle(values, to);
      slopes[i] = (float)slope;
      starts[i] = (float)(start + first - MARGIN);
      highest[i] = TWO_POW_23 + (float)(to + first);
    }
  }

  static float next(float x) { return floatOf(bitsOf(x) + 1); }

  int pieceOf(float x) const {
    int above = (int)(bitsOf(x) >> 16) - LOWEST;
    int piece = (above < 0 ? 0 : above) * PER_DECADE >> 16;
    return piece + (x > ends[piece]);
  }

  // The line, or that and twice the MARGIN, rounded.
  float rounded(float x, float more) const {
    int piece = pieceOf(x);
    return fma(slopes[piece], x, starts[piece]) + more + TWO_POW_23 - TWO_POW_23;
  }

  // Whether no number's level lies outside of what the line without and with the MARGIN give, but for
  // what is above the piece's highest. As both rise, numbers at both sides of each threshold tell.
  bool hold(const float* values, int n, int first) const {
    bool good = pieceOf(0) == 0 && pieceOf(1) == PIECES - 1;
    for (int piece = 0; piece + 1 < PIECES; piece++) {
      good &= pieceOf(ends[piece]) == piece && pieceOf(next(ends[piece])) == piece + 1;
    }
    good &= rounded(0, 2 * MARGIN) >= first;
    for (int k = 0; k + 1 < n; k++) {
      float x = middle(values, k);
      float highestHere = highest[pieceOf(x)] - TWO_POW_23;
      good &= smaller(rounded(x, 0), highestHere) <= first + k;
      good &= rounded(next(x), 2 * MARGIN) >= first + k + 1;
    }
    return good;
  }
};

}  // namespace lowbit4j
