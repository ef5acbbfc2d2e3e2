package dev.assay.worker.abi;

import dev.assay.HarnessException;
import dev.assay.backend.BackendOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A shared library that implements `assay_backend.h`. It stays loaded until the process ends.
public final class NativeLibrary {
    /// `ASSAY_ABI_VERSION` of the header that comes with Assay.
    static final int ABI_VERSION = 1;

    private static final String SYMBOL = "assay_get_backend";
    private static final int RTLD_NOW = 2;
    private static final int ELF_HEADER = 20;
    private static final int ELF_MAGIC = 0x464C457F;

    private final Path path;
    private final MemorySegment table;

    private NativeLibrary(Path path, MemorySegment table) {
        this.path = path;
        this.table = table;
    }

    /// Loads a library and checks its table. Throws [HarnessException] with what is wrong with it.
    public static NativeLibrary load(Path path) {
        if (!Files.isReadable(path) || Files.isDirectory(path)) {
            throw broken(path, "there is no readable file", "give the path of the library");
        }
        checkHeader(path);
        MemorySegment function = symbol(path, opened(path));
        MemorySegment table = answered(function);
        if (table.equals(MemorySegment.NULL)) {
            throw broken(
                    path,
                    SYMBOL + "(" + ABI_VERSION
                            + ") answered null: the library cannot work with this version of the ABI",
                    "compile it with the assay_backend.h that comes with this Assay");
        }
        NativeLibrary library = new NativeLibrary(path, table.reinterpret(Layouts.TABLE));
        library.check();
        return library;
    }

    /// The loader's own words for a library of another machine are of no help.
    private static void checkHeader(Path path) {
        try (FileChannel file = FileChannel.open(path)) {
            ByteBuffer head = ByteBuffer.allocate(ELF_HEADER).order(ByteOrder.LITTLE_ENDIAN);
            file.read(head);
            if (head.position() < ELF_HEADER || head.getInt(0) != ELF_MAGIC) {
                // Not ELF; on other systems the loader knows better.
                if (System.getProperty("os.name").equals("Linux")) {
                    throw broken(path, "it is no shared library (no ELF header)", "give the path of a .so file");
                }
                return;
            }
            if (head.get(4) != 2) {
                throw broken(path, "it is a 32-bit library, and this is a 64-bit process", "compile it for 64 bits");
            }
            String machine = machine(head.getShort(18));
            String mine = System.getProperty("os.arch").equals("amd64") ? "x86-64" : System.getProperty("os.arch");
            if (!machine.equals(mine)) {
                throw broken(path, "it is for " + machine + ", and this machine is " + mine, "compile it for " + mine);
            }
        } catch (IOException e) {
            throw broken(path, "it cannot be read: " + e.getMessage(), "look at its permissions");
        }
    }

    /// `e_machine` of an ELF header, in words.
    private static String machine(short code) {
        return switch (code) {
            case 3 -> "x86";
            case 40 -> "arm";
            case 62 -> "x86-64";
            case 183 -> "aarch64";
            case 243 -> "riscv64";
            case 258 -> "loongarch64";
            default -> "machine " + code;
        };
    }

    private static MemorySegment opened(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle dlopen = system("dlopen", ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
            MethodHandle dlerror = system("dlerror", ValueLayout.ADDRESS);
            MemorySegment handle = (MemorySegment) dlopen.invokeExact(arena.allocateFrom(path.toString()), RTLD_NOW);
            if (handle.equals(MemorySegment.NULL)) {
                String why = Layouts.text((MemorySegment) dlerror.invokeExact());
                throw broken(
                        path,
                        "it cannot be loaded: " + why,
                        "put the libraries that it needs on LD_LIBRARY_PATH; `ldd` shows which are missing");
            }
            return handle;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment symbol(Path path, MemorySegment handle) {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle dlsym = system("dlsym", ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
            MemorySegment symbol = (MemorySegment) dlsym.invokeExact(handle, arena.allocateFrom(SYMBOL));
            if (symbol.equals(MemorySegment.NULL)) {
                throw broken(
                        path,
                        "it exports no symbol " + SYMBOL,
                        "define it as in assay_backend.h, with ASSAY_EXPORT and, in C++, extern \"C\"");
            }
            return symbol;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment answered(MemorySegment function) {
        MethodHandle get = Linker.nativeLinker()
                .downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try {
            return (MemorySegment) get.invokeExact(ABI_VERSION);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle system(
            String name, java.lang.foreign.MemoryLayout result, java.lang.foreign.MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        SymbolLookup lookup = linker.defaultLookup();
        return linker.downcallHandle(lookup.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    private void check() {
        int version = table.get(ValueLayout.JAVA_INT, 0);
        if (version != ABI_VERSION) {
            throw broken(
                    path,
                    "its abi_version is " + version + ", and this Assay has version " + ABI_VERSION,
                    "set abi_version to ASSAY_ABI_VERSION and compile with the assay_backend.h of this Assay");
        }
        long size = Integer.toUnsignedLong(table.get(ValueLayout.JAVA_INT, 4));
        if (size < Layouts.TABLE) {
            throw broken(
                    path,
                    "its struct_size is " + size + ", and version 1 has " + Layouts.TABLE + " bytes",
                    "set struct_size to sizeof(assay_backend)");
        }
        if (!name().matches("[a-z0-9][a-z0-9-]*")) {
            throw broken(path, "it calls itself '" + name() + "'", "use lower case letters, digits and hyphens");
        }
        List<String> missing = new ArrayList<>();
        for (NativeFunction function : NativeFunction.values()) {
            if (!function.isOptional() && !has(function)) {
                missing.add(function.label());
            }
        }
        if (!missing.isEmpty()) {
            throw broken(path, "functions of its table are null: " + missing, "implement them");
        }
        long memory = NativeFunction.MEMORY.stream().filter(this::has).count();
        if (memory != 0 && memory != NativeFunction.MEMORY.size()) {
            throw broken(
                    path,
                    "it has some of allocate, free, write and read",
                    "implement all four, or none for tensors in host memory");
        }
    }

    String name() {
        return Layouts.text(table.get(ValueLayout.ADDRESS, 8));
    }

    String version() {
        return Layouts.text(table.get(ValueLayout.ADDRESS, 16));
    }

    boolean has(NativeFunction function) {
        return !table.get(ValueLayout.ADDRESS, function.offset()).equals(MemorySegment.NULL);
    }

    MethodHandle handle(NativeFunction function) {
        return Linker.nativeLinker()
                .downcallHandle(table.get(ValueLayout.ADDRESS, function.offset()), function.descriptor());
    }

    /// Opens its device.
    public NativeBackend open(BackendOptions options) {
        return new NativeBackend(this, options);
    }

    private static HarnessException broken(Path path, String what, String fix) {
        return new HarnessException("library '" + path.getFileName() + "': " + what, path.toString(), fix);
    }
}
