# libdlgo.so.1, dlgo.h, find_package(dlgo), dlgo.pc and the demo model.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(DLGO_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/dlgo)
set(DLGO_DATA_DIR ${CMAKE_INSTALL_DATADIR}/dlgo)

install(TARGETS dlgo EXPORT dlgoTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(FILES include/dlgo.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT dlgoTargets NAMESPACE dlgo:: DESTINATION ${DLGO_CMAKE_DIR} COMPONENT development)

configure_package_config_file(cmake/dlgoConfig.cmake.in ${PROJECT_BINARY_DIR}/dlgoConfig.cmake
  INSTALL_DESTINATION ${DLGO_CMAKE_DIR} PATH_VARS DLGO_DATA_DIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dlgoConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dlgoConfig.cmake ${PROJECT_BINARY_DIR}/dlgoConfigVersion.cmake
  DESTINATION ${DLGO_CMAKE_DIR} COMPONENT development)

# Relative to the .pc file, so that an installation can be moved.
file(RELATIVE_PATH DLGO_PC_UP /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/dlgo.pc.in ${PROJECT_BINARY_DIR}/dlgo.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dlgo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(EXISTS ${PROJECT_SOURCE_DIR}/share/dlgo/demo.gguf)
  install(FILES share/dlgo/demo.gguf DESTINATION ${DLGO_DATA_DIR} COMPONENT library)
endif()
