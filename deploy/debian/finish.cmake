# Runs between staging and packing: Debian wants manual pages and changelogs compressed, in a way that is the same every time, and
# no folder that others may write to.
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/*)
foreach(file ${pages} ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/newsmill/changelog)
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND chmod -R u+rwX,go=rX ${CPACK_TEMPORARY_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
