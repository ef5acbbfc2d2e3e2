package dev.assay.results.certify;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// A zip of which the same files always give the same bytes: sorted by name, the same time for all, and stored as they
/// are. What is not compressed cannot swell when it is read.
final class Archive {
    private static final Pattern NAME = Pattern.compile("(run/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final int MOST_ENTRIES = 1000;
    /// The earliest that a zip can say.
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private Archive() {}

    /// Where the bytes of a file of the archive come from.
    interface Source {
        InputStream open() throws IOException;
    }

    static void write(OutputStream out, SortedMap<String, Source> files) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, Source> file : files.entrySet()) {
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setTimeLocal(TIME);
                measure(entry, file.getValue());
                zip.putNextEntry(entry);
                try (InputStream in = file.getValue().open()) {
                    in.transferTo(zip);
                }
                zip.closeEntry();
            }
        }
    }

    /// A zip says size and checksum before the bytes.
    private static void measure(ZipEntry entry, Source source) throws IOException {
        CRC32 crc = new CRC32();
        long size = 0;
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = source.open()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                crc.update(buffer, 0, read);
                size += read;
            }
        }
        entry.setSize(size);
        entry.setCompressedSize(size);
        entry.setCrc(crc.getValue());
    }

    /// What keeps these entries from being an archive of ours, before a byte of them is used.
    static List<String> problems(Path file, ZipFile zip) throws IOException {
        List<String> problems = new ArrayList<>();
        if (zip.size() > MOST_ENTRIES) {
            return List.of("it holds " + zip.size() + " files, more than " + MOST_ENTRIES);
        }
        Set<String> names = new HashSet<>();
        long left = Files.size(file);
        for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
            String name = shown(entry.getName());
            if (!NAME.matcher(entry.getName()).matches() || entry.getName().contains("..")) {
                problems.add("'" + name + "' is a name that leads elsewhere, or none of ours");
            }
            // Some file systems do not tell upper from lower case.
            if (!names.add(entry.getName().toLowerCase(Locale.ROOT))) {
                problems.add("'" + name + "' is there twice");
            }
            if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
                problems.add("'" + name + "' is compressed; ours never are");
            }
            left -= Math.max(0, entry.getSize());
            if (entry.getSize() < 0 || left < 0) {
                problems.add("'" + name + "' says it is larger than the archive has room for");
                break;
            }
        }
        return problems;
    }

    static String shown(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9._/ -]", "?");
        return plain.length() > 100 ? plain.substring(0, 100) + "..." : plain;
    }

    /// The files of a zip, by name.
    static SortedMap<String, Source> files(ZipFile zip) {
        SortedMap<String, Source> files = new TreeMap<>();
        zip.stream().forEach(entry -> files.put(entry.getName(), () -> zip.getInputStream(entry)));
        return files;
    }

    /// Where the file differs from what its own files are written as: bytes between them, before, behind, other times
    /// or
    /// order. -1 if nowhere.
    static long difference(Path file, SortedMap<String, Source> files) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            Comparing comparing = new Comparing(in);
            try {
                write(new BufferedOutputStream(comparing, 1 << 16), files);
            } catch (ZipException e) {
                return comparing.at;
            }
            if (comparing.differs < 0 && in.read() >= 0) {
                return comparing.at;
            }
            return comparing.differs;
        }
    }

    private static final class Comparing extends OutputStream {
        private final InputStream in;
        private long at;
        private long differs = -1;

        Comparing(InputStream in) {
            this.in = in;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            byte[] there = in.readNBytes(length);
            for (int i = 0; i < length && differs < 0; i++) {
                if (i >= there.length || there[i] != bytes[from + i]) {
                    differs = at + i;
                }
            }
            at += length;
        }
    }
}
