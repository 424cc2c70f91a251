# Every header in backends/cpu/quant is one weight format's codec; the list of them is generated.
file(GLOB DLGO_CODECS CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} backends/cpu/quant/*.h)
list(TRANSFORM DLGO_CODECS REPLACE "(.+)" "#include \"\\1\"")
list(JOIN DLGO_CODECS "\n" DLGO_CODECS)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/backends/cpu/quant/codecs.inc CONTENT "${DLGO_CODECS}\n")
target_include_directories(dlgo_objects PRIVATE ${PROJECT_BINARY_DIR}/generated)

# Each instruction set is one translation unit in backends/cpu/isa/, compiled with its own flags.
# Reassociated sums would need more registers than there are.
set(ISA_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2 -fno-tree-reassoc -fno-tree-ter)
if(DLGO_SANITIZE MATCHES "undefined")  # its checks of the kernels take the compiler ten minutes
  list(APPEND ISA_FLAGS_avx2 -fno-sanitize=undefined)
endif()
set(ISA_FLAGS_avxvnni ${ISA_FLAGS_avx2} -mavxvnni)
# GCC 12 warns of its own AVX-512 intrinsics.
set(ISA_FLAGS_avx512vnni ${ISA_FLAGS_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512vbmi -Wno-uninitialized -Wno-maybe-uninitialized)
if(DLGO_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The frames that GCC makes to find uses after return are not aligned for 64-byte vectors (bug 110027).
  list(APPEND ISA_FLAGS_avx512vnni --param=asan-use-after-return=0)
endif()
set(ISA_FLAGS_amx ${ISA_FLAGS_avx512vnni} -mavx512bf16 -mamx-tile -mamx-int8 -mamx-bf16)
foreach(isa avx2 avxvnni avx512vnni amx)
  if(EXISTS ${PROJECT_SOURCE_DIR}/backends/cpu/isa/${isa}.cpp)
    set_source_files_properties(${PROJECT_SOURCE_DIR}/backends/cpu/isa/${isa}.cpp PROPERTIES COMPILE_OPTIONS "${ISA_FLAGS_${isa}}")
  endif()
endforeach()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/backends/cpu/isa/avx2_ops.cpp PROPERTIES COMPILE_OPTIONS "${ISA_FLAGS_avx2}")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/backends/cpu/isa/avx512_ops.cpp PROPERTIES COMPILE_OPTIONS "${ISA_FLAGS_avx512vnni}")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/backends/cpu/isa/amx_ops.cpp PROPERTIES COMPILE_OPTIONS "${ISA_FLAGS_amx}")
endif()
