# Extension points: adding a file adds it to the list; no registration by hand.
file(GLOB arch_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/llm/arch/*.cpp)
set(arch_list "")
foreach(file ${arch_files})
  get_filename_component(name ${file} NAME_WE)
  string(APPEND arch_list "X(${name})\n")
endforeach()
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/generated/arch_list.inc CONTENT "${arch_list}")
target_include_directories(dlgo_objects PRIVATE ${PROJECT_BINARY_DIR}/generated)
