package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.memory.WordType;

/** What is asked for and released on a walk through paged state. */
class ChunkWalkTest {

  private static final long ADDRESS = 4096;

  /** Which bytes behind the address were asked for, will be written, and were released, so far. */
  private static final class Recorder extends Pages {
    private final long chunk;
    private final BitSet ahead = new BitSet();
    private final BitSet written = new BitSet();
    private final BitSet behind = new BitSet();
    private final List<String> calls = new ArrayList<>();

    Recorder(long chunk) {
      super(ADDRESS, 1 << 20);
      this.chunk = chunk;
    }

    @Override
    public long chunk() {
      return chunk;
    }

    @Override
    public void ahead(long address, long bytes) {
      add(ahead, "ahead", address, bytes);
    }

    @Override
    public void write(long address, long bytes) {
      add(written, "write", address, bytes);
    }

    @Override
    public void behind(long address, long bytes) {
      add(behind, "behind", address, bytes);
    }

    private void add(BitSet set, String what, long address, long bytes) {
      int from = (int) (address - ADDRESS);
      assertThat(set.get(from, from + (int) bytes).isEmpty()).as(what + " said once").isTrue();
      set.set(from, from + (int) bytes);
      calls.add(what + " " + from + " " + bytes);
    }
  }

  private static BitSet bytes(StateLayout layout, BlockRange blocks) {
    BitSet bytes = new BitSet();
    long end = Math.min(layout.elements(), blocks.end() * layout.blockSize());
    for (int k = 0; k < layout.moments(); k++) {
      for (long b = blocks.first(); layout.bits() == 8 && b < blocks.end(); b++) {
        int at = (int) layout.scaleOffset(k, b);
        bytes.set(at, at + Float.BYTES);
      }
      int first = (int) layout.valueOffset(k, blocks.first() * layout.blockSize());
      bytes.set(first, (int) layout.valueOffset(k, end));
    }
    return bytes;
  }

  /** Chunks of one block, of three, of all; writing or not. */
  @ParameterizedTest
  @CsvSource({
    "8, 1, 1, true",
    "8, 136, 1, true",
    "8, 271, 1, false",
    "8, 272, 2, true",
    "8, 500, 3, true",
    "8, 99999, 16, false",
    "32, 511, 1, false",
    "32, 512, 1, true",
    "32, 1600, 3, true"
  })
  void blocksAreThereWhenTheyAreNeeded(int bits, long chunk, int count, boolean writes) {
    StateLayout layout = new StateLayout(2, bits, 64, 1000, WordType.FLOAT);
    Recorder pages = new Recorder(chunk);
    List<Long> seen = new ArrayList<>();
    long sum =
        new ChunkWalk(pages, ADDRESS)
            .sumOverBlocks(
                layout,
                writes,
                blocks -> {
                  assertThat(blocks.first()).isEqualTo(seen.size());
                  assertThat(blocks.count()).isEqualTo(Math.min(count, 16 - seen.size()));
                  BitSet bytes = bytes(layout, blocks);
                  assertThat(contains(pages.ahead, bytes)).isTrue();
                  assertThat(contains(pages.written, bytes)).isEqualTo(writes);
                  assertThat(pages.behind.intersects(bytes)).isFalse();
                  long reached = Math.min(16, blocks.end() + count);
                  assertThat(pages.ahead)
                      .as("this chunk and the next one")
                      .isEqualTo(bytes(layout, new BlockRange(0, reached)));
                  IntStream.range(0, (int) blocks.count())
                      .forEach(i -> seen.add(blocks.first() + i));
                  return 10 + blocks.first();
                });
    BitSet all = bytes(layout, new BlockRange(0, 16));
    assertThat(pages.ahead).isEqualTo(all);
    assertThat(pages.behind).isEqualTo(all);
    assertThat(pages.written).isEqualTo(writes ? all : new BitSet());
    assertThat(sum)
        .isEqualTo(IntStream.range(0, 16).filter(i -> i % count == 0).map(i -> 10 + i).sum());
  }

  private static boolean contains(BitSet all, BitSet some) {
    BitSet missing = (BitSet) some.clone();
    missing.andNot(all);
    return missing.isEmpty();
  }

  @Test
  void piecesOfARange() {
    Recorder pages = new Recorder(20);
    ChunkWalk walk = new ChunkWalk(pages, ADDRESS);
    assertThat(walk.piece()).isEqualTo(20);
    List<Long> at = new ArrayList<>();
    assertThat(walk.allPieces(10, 75, at::add)).isTrue();
    assertThat(at).containsExactly(10L, 30L, 50L, 70L);
    assertThat(pages.calls)
        .containsExactly(
            "ahead 30 20",
            "behind 10 20",
            "ahead 50 20",
            "behind 30 20",
            "ahead 70 5",
            "behind 50 20",
            "ahead 75 0",
            "behind 70 5");
  }

  @Test
  void aWalkEndsWhereThePredicateDoesNotHold() {
    Recorder pages = new Recorder(20);
    assertThat(new ChunkWalk(pages, ADDRESS).allPieces(0, 80, at -> at < 20)).isFalse();
    assertThat(pages.calls)
        .containsExactly("ahead 20 20", "behind 0 20", "ahead 40 20", "behind 20 20");
    assertThat(new ChunkWalk(new Recorder(20), ADDRESS).allPieces(0, 0, at -> false)).isTrue();
  }
}
