#include "core/base/mmap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/base/error.h"

namespace dlgo {

namespace {

[[noreturn]] void fail_io(const std::string& path, const char* what) {
    const std::string reason = std::generic_category().message(errno);
    fail(DLGO_ERROR_IO, "%s: %s: %s", path.c_str(), what, reason.c_str());
}

// An open regular file.
class Descriptor {
public:
    explicit Descriptor(const std::string& path) : path_(path) {
        if (path.empty() || path.find('\0') != std::string::npos) fail(DLGO_ERROR_IO, "'%s': not a file name", path.c_str());
        // O_NONBLOCK: do not wait for the writer of a named pipe.
        fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd_ < 0) fail_io(path, "cannot open");
        struct stat info;
        const bool known = ::fstat(fd_, &info) == 0;
        if (known && S_ISREG(info.st_mode)) {
            size_ = static_cast<size_t>(info.st_size);
            return;
        }
        ::close(fd_);
        fail(DLGO_ERROR_IO, "%s: not a regular file", path.c_str());
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int fd() const noexcept { return fd_; }
    size_t size() const noexcept { return size_; }

    void read(uint8_t* out, size_t n) const {
        while (n > 0) {
            const ssize_t got = ::read(fd_, out, n);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail_io(path_, "cannot read");
            if (got == 0) fail(DLGO_ERROR_IO, "%s: became shorter while it was read", path_.c_str());
            out += got;
            n -= static_cast<size_t>(got);
        }
    }

private:
    const std::string& path_;
    int fd_ = -1;
    size_t size_ = 0;
};

}  // namespace

FileBytes::FileBytes(FileBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), mapped_(other.mapped_) {}

FileBytes& FileBytes::operator=(FileBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
    return *this;
}

FileBytes::~FileBytes() {
    if (data_) ::munmap(data_, size_);
}

FileBytes FileBytes::allocate(size_t size, const std::string& what) {
    FileBytes out;
    if (size == 0) return out;
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail(DLGO_ERROR_OUT_OF_MEMORY, "%s: cannot allocate %zu bytes", what.c_str(), size);
    out.data_ = static_cast<uint8_t*>(memory);
    out.size_ = size;
    // All of it is filled at once, and weights are read from end to end again and again: larger pages need fewer translations.
    ::madvise(memory, size, MADV_HUGEPAGE);
    return out;
}

FileBytes FileBytes::map(const std::string& path) {
    const Descriptor file(path);
    FileBytes out;
    if (file.size() == 0) return out;
    void* memory = ::mmap(nullptr, file.size(), PROT_READ, MAP_SHARED, file.fd(), 0);
    if (memory == MAP_FAILED) {
        if (errno == ENOMEM) fail(DLGO_ERROR_OUT_OF_MEMORY, "%s: cannot map %zu bytes", path.c_str(), file.size());
        fail_io(path, "cannot map");
    }
    out.data_ = static_cast<uint8_t*>(memory);
    out.size_ = file.size();
    out.mapped_ = true;
    return out;
}

std::span<uint8_t> FileBytes::mapped_pages(const uint8_t* begin, size_t bytes) const noexcept {
    if (!mapped_ || begin < data_ || begin > data_ + size_ || bytes > size_ - static_cast<size_t>(begin - data_)) return {};
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t first = (static_cast<size_t>(begin - data_) + page - 1) / page * page, last = static_cast<size_t>(begin - data_ + bytes) / page * page;
    return {data_ + first, first < last ? last - first : 0};
}

void FileBytes::populate(const uint8_t* begin, size_t bytes) const noexcept {
#if defined(MADV_POPULATE_READ)
    if (const auto pages = mapped_pages(begin, bytes); !pages.empty()) ::madvise(pages.data(), pages.size(), MADV_POPULATE_READ);
#else
    static_cast<void>(begin), static_cast<void>(bytes);
#endif
}

void FileBytes::release(const uint8_t* begin, size_t bytes) const noexcept {
    if (const auto pages = mapped_pages(begin, bytes); !pages.empty()) ::madvise(pages.data(), pages.size(), MADV_DONTNEED);
}

FileBytes FileBytes::read(const std::string& path, const std::function<bool(float)>& progress) {
    const Descriptor file(path);
    FileBytes out = allocate(file.size(), path);
    constexpr size_t kChunk = size_t{16} << 20;  // bytes between two calls of progress
    for (size_t at = 0; at < file.size(); at += kChunk) {
        file.read(out.data_ + at, std::min(kChunk, file.size() - at));
        const size_t done = std::min(at + kChunk, file.size());
        if (progress && progress(static_cast<float>(static_cast<double>(done) / static_cast<double>(file.size())))) {
            fail(DLGO_ERROR_CANCELLED, "%s: reading was stopped by the callback", path.c_str());
        }
    }
    return out;
}

FileBytes FileBytes::copy(const void* data, size_t size) {
    FileBytes out = allocate(size, "copy of a file in memory");
    if (size > 0) std::memcpy(out.data_, data, size);
    return out;
}

std::string read_file(const std::string& path) {
    const Descriptor file(path);
    std::string out(file.size(), '\0');
    file.read(reinterpret_cast<uint8_t*>(out.data()), out.size());
    return out;
}

}  // namespace dlgo
