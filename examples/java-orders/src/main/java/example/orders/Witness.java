package example.orders;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * What this service swears to, in a file that outlives it: which orders it accepted, or how often it was started.
 *
 * <p>Without a path nothing is recorded.
 */
final class Witness implements AutoCloseable {
  private final FileChannel file;
  private boolean torn;

  Witness(String path) throws IOException {
    if (path == null || path.isEmpty()) {
      file = null;
      return;
    }
    Path absolute = Path.of(path).toAbsolutePath();
    file = FileChannel.open(absolute, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    torn = !endsWithNewline(absolute);
    syncDirectory(absolute.getParent());
  }

  /** Returns when the line is on disk. Only then may an order be called accepted. */
  void add(String line) throws IOException {
    if (file == null) return;
    write(line);
    file.force(true);
  }

  private synchronized void write(String line) throws IOException {
    // A power cut or a full disk can leave half a line behind, which must not swallow the next one.
    ByteBuffer text = ByteBuffer.wrap(((torn ? "\n" : "") + line + "\n").getBytes(StandardCharsets.UTF_8));
    torn = true;
    // One small write in append mode: two slots may share the file.
    file.write(text);
    if (text.hasRemaining()) throw new IOException("the disk took only a part of the line");
    torn = false;
  }

  private static boolean endsWithNewline(Path path) throws IOException {
    try (FileChannel reader = FileChannel.open(path)) {
      if (reader.size() == 0) return true;
      ByteBuffer last = ByteBuffer.allocate(1);
      reader.read(last, reader.size() - 1);
      return last.get(0) == '\n';
    }
  }

  /** A synced file whose name is not synced is gone after a power cut. */
  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) file.close();
  }
}
