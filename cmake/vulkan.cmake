# The Vulkan backend: volk and the headers (the loader is opened at run time), shaders compiled by glslc and embedded. Without these the
# library is built for the CPU alone.
if(NOT DLGO_VULKAN)
  return()
endif()
find_path(VOLK_INCLUDE volk.h)
find_path(VULKAN_INCLUDE vulkan/vulkan.h)
find_program(GLSLC glslc)
if(NOT VOLK_INCLUDE OR NOT VULKAN_INCLUDE OR NOT GLSLC)
  message(WARNING "No Vulkan backend: volk.h, vulkan/vulkan.h or glslc is missing (tools/bootstrap.sh installs them)")
  return()
endif()

set(shader_dir ${PROJECT_BINARY_DIR}/generated/shaders)
file(GLOB_RECURSE shader_includes CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shaders/*.glsl)
set(shader_outputs "")
set(shader_list "")

# What this glslc can compile.
function(dlgo_probe_shader variable extension)
  file(WRITE ${shader_dir}/probe.comp "#version 460\n#extension ${extension} : require\nvoid main() {}\n")
  execute_process(COMMAND ${GLSLC} --target-env=vulkan1.2 ${shader_dir}/probe.comp -o ${shader_dir}/probe.spv RESULT_VARIABLE result
    OUTPUT_QUIET ERROR_QUIET)
  if(result EQUAL 0)
    set(${variable} ON PARENT_SCOPE)
  else()
    message(STATUS "glslc has no ${extension}: its shaders are left out")
    set(${variable} OFF PARENT_SCOPE)
  endif()
endfunction()
dlgo_probe_shader(GLSLC_COOPMAT GL_KHR_cooperative_matrix)
dlgo_probe_shader(GLSLC_INTEGER_DOT GL_EXT_integer_dot_product)

# dlgo_shader(NAME SOURCE [options of glslc]): shaders/SOURCE.comp as the shader NAME
function(dlgo_shader name source)
  set(output ${shader_dir}/${name}.inc)
  add_custom_command(OUTPUT ${output}
    COMMAND ${GLSLC} --target-env=vulkan1.2 -O -mfmt=num -I${PROJECT_SOURCE_DIR}/shaders ${ARGN} ${PROJECT_SOURCE_DIR}/shaders/${source}.comp -o ${output}
    DEPENDS ${PROJECT_SOURCE_DIR}/shaders/${source}.comp ${shader_includes} VERBATIM COMMENT "Shader ${name}")
  string(MAKE_C_IDENTIFIER ${name} id)
  set(shader_outputs ${shader_outputs} ${output} PARENT_SCOPE)
  set(shader_list "${shader_list}${name}|${id}\n" PARENT_SCOPE)
endfunction()

# Every format's shaders, from its codec in shaders/quant.
file(GLOB codecs CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/shaders/quant ${PROJECT_SOURCE_DIR}/shaders/quant/*.glsl)
foreach(codec ${codecs})
  get_filename_component(format ${codec} NAME_WE)
  string(TOUPPER ${format} format)
  file(CONFIGURE OUTPUT ${shader_dir}/${format}/weights_codec.glsl CONTENT "#include \"quant/${codec}\"\n")
  foreach(kernel linear_vec linear_mat embed)
    dlgo_shader(${kernel}.${format} ${kernel} -I${shader_dir}/${format})
  endforeach()
  if(GLSLC_COOPMAT)
    dlgo_shader(linear_mat_coopmat.${format} linear_mat -DCOOPMAT -I${shader_dir}/${format})
  endif()
endforeach()
foreach(kernel norm glu attend_append attend_mat attend_vec attend_merge)
  dlgo_shader(${kernel} ${kernel})
endforeach()

# shaders.inc: their words and the table kShaders.
string(STRIP "${shader_list}" shader_list)
string(REPLACE "\n" ";" shader_list "${shader_list}")
set(arrays "")
set(table "")
foreach(entry ${shader_list})
  string(REPLACE "|" ";" entry ${entry})
  list(GET entry 0 name)
  list(GET entry 1 id)
  string(APPEND arrays "constexpr uint32_t k_${id}[] = {\n#include \"shaders/${name}.inc\"\n};\n")
  string(APPEND table "    {\"${name}\", k_${id}, sizeof k_${id}},\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/shaders.inc CONTENT "${arrays}\nconstexpr Shader kShaders[] = {\n${table}};\n" @ONLY)

file(GLOB_RECURSE vulkan_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/backends/vulkan/*.cpp)
target_sources(dlgo_objects PRIVATE ${vulkan_sources})
target_include_directories(dlgo_objects SYSTEM PRIVATE ${VOLK_INCLUDE} ${VULKAN_INCLUDE})
target_compile_definitions(dlgo_objects PRIVATE DLGO_HAVE_VULKAN)
set(DLGO_HAVE_VULKAN ON)
set_property(SOURCE ${PROJECT_SOURCE_DIR}/backends/vulkan/pipelines.cpp APPEND PROPERTY OBJECT_DEPENDS "${shader_outputs}")
# Vulkan's structures are filled in field by field.
set_property(SOURCE ${vulkan_sources} APPEND PROPERTY COMPILE_OPTIONS -Wno-missing-field-initializers)
