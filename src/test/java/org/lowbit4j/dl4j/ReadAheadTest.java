package org.lowbit4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream that is read by another thread is the stream. */
class ReadAheadTest {

  @Test
  void allBytesComeInTheirOrder() throws IOException {
    byte[] bytes = new byte[3_000_001];
    new Random(3).nextBytes(bytes);
    try (ReadAhead ahead = new ReadAhead(new ByteArrayInputStream(bytes))) {
      assertThat(ahead.read()).isEqualTo(bytes[0] & 0xFF);
      assertThat(ahead.readNBytes(70_000))
          .isEqualTo(java.util.Arrays.copyOfRange(bytes, 1, 70_001));
      byte[] rest = ahead.readAllBytes();
      assertThat(rest).isEqualTo(java.util.Arrays.copyOfRange(bytes, 70_001, bytes.length));
      assertThat(ahead.read()).isEqualTo(-1);
      assertThat(ahead.read()).isEqualTo(-1);
    }
  }

  @Test
  void whatFailsThereFailsHereBehindTheBytesBefore() throws IOException {
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("worn out");
          }
        };
    InputStream source =
        new SequenceInputStream(new ByteArrayInputStream(new byte[100_000]), failing);
    try (ReadAhead ahead = new ReadAhead(source)) {
      assertThat(ahead.readNBytes(100_000)).hasSize(100_000);
      assertThatThrownBy(ahead::read).isInstanceOf(IOException.class).hasMessage("worn out");
    }
  }

  /** An endless stream neither fills the heap nor keeps its thread after it was closed. */
  @Test
  @Timeout(60)
  void noMoreIsReadThanThereIsRoomForAndNothingAfterTheEnd() throws Exception {
    AtomicLong given = new AtomicLong();
    CountDownLatch closed = new CountDownLatch(1);
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            given.incrementAndGet();
            return 0;
          }

          @Override
          public int read(byte[] to, int from, int n) {
            given.addAndGet(n);
            return n;
          }

          @Override
          public void close() {
            closed.countDown();
          }
        };
    ReadAhead ahead = new ReadAhead(endless);
    assertThat(ahead.read()).isZero();
    long before = -1;
    while (before != given.get()) {
      before = given.get();
      TimeUnit.MILLISECONDS.sleep(100);
    }
    assertThat(before).isBetween(1L, Runtime.getRuntime().maxMemory() / 8);
    ahead.close();
    assertThat(closed.getCount()).isZero();
    Thread reader =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().equals("lowbit4j-read-ahead"))
            .findFirst()
            .orElse(null);
    if (reader != null) {
      reader.join();
    }
  }
}
